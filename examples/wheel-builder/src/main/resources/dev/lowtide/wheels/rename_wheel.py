"""Gives a wheel another name and version, in its file name and its metadata ("Binary distribution format", PyPA
specifications), and prints the new path. The installed files stay the same, and their permissions.

usage: WHEEL NAME_SUFFIX VERSION_SUFFIX
"""
import base64
import hashlib
import os
import re
import sys
import zipfile


def extended(version, suffix):
    """The version with a suffix before its local part (PEP 440)."""
    release = re.fullmatch(r"([0-9]+(?:\.[0-9]+)*(?:(?:a|b|rc)[0-9]+)?)(\+.*)?", version)
    if not suffix:
        return version
    if not release:
        sys.exit("--version-suffix needs a release, and the version is " + version
                 + "; name a tag with --vllm-versions")
    return release[1] + suffix + (release[2] or "")


wheel, name_suffix, version_suffix = sys.argv[1:]
escaped = re.sub(r"[-_.]+", "_", name_suffix)
name, version, tags = os.path.basename(wheel).split("-", 2)
version = extended(version, version_suffix)
renamed = os.path.join(os.path.dirname(wheel), "-".join((name + escaped, version, tags)))
with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(renamed, "w", zipfile.ZIP_DEFLATED) as new:
    info = next(entry.split("/")[0] for entry in old.namelist() if entry.endswith(".dist-info/METADATA"))
    old_base = info[:-len(".dist-info")]
    old_name, old_version = old_base.rsplit("-", 1)
    new_base = old_name + escaped + "-" + extended(old_version, version_suffix)

    def moved(path):
        for end in (".dist-info/", ".data/"):
            if path.startswith(old_base + end):
                return new_base + path[len(old_base):]
        return path

    metadata = old.read(info + "/METADATA").decode()
    metadata = re.sub(r"(?m)^(Name: *\S+)", lambda line: line[1] + name_suffix, metadata, count=1)
    metadata = re.sub(r"(?m)^Version: .*", "Version: " + version, metadata, count=1).encode()
    digest = base64.urlsafe_b64encode(hashlib.sha256(metadata).digest()).rstrip(b"=").decode()
    record = ""
    for line in old.read(info + "/RECORD").decode().splitlines():
        line = moved(line)
        if line.startswith(new_base + ".dist-info/METADATA,"):
            line = "%s.dist-info/METADATA,sha256=%s,%d" % (new_base, digest, len(metadata))
        record += line + "\n"
    for entry in old.infolist():
        content = old.read(entry)
        if entry.filename == info + "/METADATA":
            content = metadata
        elif entry.filename == info + "/RECORD":
            content = record.encode()
        entry.filename = moved(entry.filename)
        new.writestr(entry, content)
os.remove(wheel)
print(renamed)
