# SPDX-License-Identifier: Apache-2.0
"""An in-tree PEP 517 backend: CMake, or make, and nothing to download.

It leaves in the source tree what setuptools with CMake leaves there: build/
and src/NAME.egg-info. Front ends run the hooks with the source tree as the
working directory, so all paths are relative to it.
"""

import base64
import gzip
import hashlib
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
import time
import zipfile
from pathlib import Path

PACKAGE = "lowtide_sample"
SUFFIX = sysconfig.get_config_var("EXT_SUFFIX")
PLATFORM = sysconfig.get_platform()
BUILD_TAG = f"{PLATFORM}-{sys.implementation.cache_tag}"
PYTHON_TAG = "cp{}{}".format(*sys.version_info)
WHEEL_TAG = f"{PYTHON_TAG}-{PYTHON_TAG}{sys.abiflags}-{re.sub('[-.]', '_', PLATFORM)}"

# setuptools' names for its three build directories.
TEMP = Path("build", f"temp.{BUILD_TAG}")
LIB = Path("build", f"lib.{BUILD_TAG}")
BDIST = Path("build", f"bdist.{PLATFORM}")

# Variant, the variable which selects it, the flags it adds to those above it.
# The lowest line selected wins; VLLM_CPU_DISABLE_AVX512 wins over them all.
VARIANTS = [
    ("noavx512", "VLLM_CPU_DISABLE_AVX512", "-mavx2 -mfma"),
    ("avx512", None, "-mavx512f -mavx512bw -mavx512dq -mavx512vl"),
    ("avx512vnni", "VLLM_CPU_AVX512VNNI", "-mavx512vnni"),
    ("avx512bf16", "VLLM_CPU_AVX512BF16", "-mavx512bf16"),
    ("amxbf16", "VLLM_CPU_AMXBF16", "-mamx-tile -mamx-bf16"),
]


# The hooks of PEP 517.

def get_requires_for_build_wheel(config_settings=None):
    return []


get_requires_for_build_sdist = get_requires_for_build_wheel


def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    project = read_project()
    write_egg_info(project)
    dist_info = Path(metadata_directory, f"{project['stem']}.dist-info")
    write_dist_info(dist_info, project)
    return dist_info.name


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    project = read_project()
    write_egg_info(project)
    compile_module()
    for module in sources("src/lowtide_sample/*.py"):
        shutil.copy(module, LIB / PACKAGE)

    staging = BDIST / "wheel"
    shutil.rmtree(staging, ignore_errors=True)
    shutil.copytree(LIB, staging)
    write_dist_info(staging / f"{project['stem']}.dist-info", project)
    name = f"{project['stem']}-{WHEEL_TAG}.whl"
    write_wheel(Path(wheel_directory, name), staging, project)
    shutil.rmtree(staging)
    return name


def build_sdist(sdist_directory, config_settings=None):
    project = read_project()
    write_egg_info(project)
    name = f"{project['stem']}.tar.gz"
    date = number("SOURCE_DATE_EPOCH")
    contents = {path: Path(path).read_bytes() for path in sources()}
    contents["PKG-INFO"] = project["metadata"].encode()
    with open(Path(sdist_directory, name), "wb") as raw, \
            gzip.GzipFile("", "wb", mtime=date, fileobj=raw) as packed, \
            tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for path, data in sorted(contents.items()):
            member = tarfile.TarInfo(f"{project['stem']}/{path}")
            member.size, member.mtime = len(data), date
            tar.addfile(member, io.BytesIO(data))
    return name


# What is built.

def read_project():
    """The few keys needed, from simple `key = "value"` lines: Python 3.9 and
    3.10 have no tomllib, and one way of reading serves all versions."""
    table, keys = "", {}
    for line in Path("pyproject.toml").read_text(encoding="utf-8").splitlines():
        header = re.match(r"\s*\[([^\[\]]+)\]\s*(#.*)?$", line)
        pair = re.match(r"""\s*([\w-]+)\s*=\s*(["'])(.*?)\2\s*(#.*)?$""", line)
        if header:
            table = header[1].strip()
        elif pair:
            keys[table, pair[1]] = pair[3]

    name = keys.get(("project", "name"), "")
    if not re.fullmatch(r"[A-Za-z0-9]([\w.-]*[A-Za-z0-9])?", name, re.ASCII):
        stop(f"pyproject.toml: no valid [project] name: {name!r}")
    version = (os.environ.get("SETUPTOOLS_SCM_PRETEND_VERSION") or sdist_version()
               or keys.get(("tool.lowtide-sample", "version"), ""))
    if not re.fullmatch(r"(\d+!)?\d+(\.\d+)*((a|b|rc)\d+)?(\.post\d+)?(\.dev\d+)?"
                        r"(\+[a-z0-9]+(\.[a-z0-9]+)*)?", version, re.ASCII):
        stop(f"not a normal PEP 440 version: {version!r}")

    escaped = re.sub(r"[-_.]+", "_", name).lower()
    return {
        "escaped": escaped,
        "stem": f"{escaped}-{version}",
        "metadata": "\n".join([
            "Metadata-Version: 2.1",
            f"Name: {name}",
            f"Version: {version}",
            f"Summary: {keys.get(('project', 'description'), 'UNKNOWN')}",
            "License: Apache-2.0",
            f"Requires-Python: {keys.get(('project', 'requires-python'), '>=3.9')}",
            "Description-Content-Type: text/markdown",
            "",
            Path("README.md").read_text(encoding="utf-8"),
        ]),
    }


def sdist_version():
    """An unpacked sdist keeps the version it was made with."""
    info = Path("PKG-INFO")
    found = info.is_file() and re.search(r"^Version: (.+)$", info.read_text(encoding="utf-8"), re.M)
    return found and found[1]


def variant():
    """The variant the environment selects, and all its flags."""
    if os.environ.get("VLLM_TARGET_DEVICE", "cpu") != "cpu":
        stop("VLLM_TARGET_DEVICE: only cpu is built here")
    level = max((i for i, (_, key, _) in enumerate(VARIANTS) if i > 1 and is_set(key)), default=1)
    if is_set("VLLM_CPU_DISABLE_AVX512"):
        level = 0
    return VARIANTS[level][0], " ".join(flags for _, _, flags in VARIANTS[:level + 1]).split()


def sources(*patterns):
    patterns = patterns or ("pyproject.toml", "README.md", ".gitignore", "CMakeLists.txt", "Makefile",
                            "backend/*.py", "csrc/*", "src/lowtide_sample/*.py")
    return sorted(path.as_posix() for pattern in patterns for path in Path().glob(pattern))


# Compiling.

def compile_module():
    """Leaves the extension module in LIB, and the objects in TEMP."""
    name, flags = variant()
    include = Path(sysconfig.get_path("include"))
    if not (include / "Python.h").is_file():
        stop(f"no {include / 'Python.h'}: install Python's headers (Debian: python3-dev)")
    cxx = os.environ.get("CXX") or next(filter(shutil.which, ("c++", "g++", "clang++")), "c++")
    if not shutil.which(shlex.split(cxx)[0]):
        stop("no C++ compiler: install g++ or clang++, or set CXX (Debian: g++)")
    if not shutil.which("make") and not (shutil.which("cmake") and shutil.which("ninja")):
        stop("neither cmake with make or ninja, nor make alone: install one (Debian: cmake make)")
    jobs = number("MAX_JOBS", len(os.sched_getaffinity(0))) or 1
    number("LOWTIDE_SAMPLE_SLEEP")  # CMakeLists.txt and Makefile read it
    if os.environ.get("LOWTIDE_SAMPLE_FAIL", "") not in ("", "configure", "compile"):
        stop("LOWTIDE_SAMPLE_FAIL is neither configure nor compile")

    # Nothing of another variant may get into this one, so none of it is kept.
    for tree in TEMP, LIB:
        shutil.rmtree(tree, ignore_errors=True)
    TEMP.mkdir(parents=True)
    (LIB / PACKAGE).mkdir(parents=True)
    leak_junk()

    settings = {"VARIANT": name, "PYTHON_INCLUDE": include, "PYTHON_SUFFIX": SUFFIX}
    os.environ["CXX"] = cxx
    if shutil.which("cmake"):
        settings.update(VARIANT_FLAGS=";".join(flags), CMAKE_BUILD_TYPE="Release",
                        MODULE_DIR=Path(LIB, PACKAGE).resolve())
        generator = [] if shutil.which("make") else ["-G", "Ninja"]
        run("cmake", "-S", ".", "-B", TEMP, *generator, *(f"-D{k}={v}" for k, v in settings.items()),
            *shlex.split(os.environ.get("CMAKE_ARGS", "")))
        run("cmake", "--build", TEMP, "--parallel", jobs)
    else:
        settings.update(VARIANT_FLAGS=" ".join(flags), TEMP=TEMP, MODULE_DIR=LIB / PACKAGE)
        run("make", f"-j{jobs}", *(f"{k}={v}" for k, v in settings.items()))


def run(*command):
    command = [str(word) for word in command]
    print("+", shlex.join(command), flush=True)
    status = subprocess.run(command).returncode
    if status:
        stop(f"{command[0]} ended with {status}; what it made is left in {TEMP}")


def leak_junk():
    """LOWTIDE_SAMPLE_JUNK_MB: a leak on purpose, for cleaners to find."""
    megabytes = number("LOWTIDE_SAMPLE_JUNK_MB")
    if megabytes:
        directory = Path(tempfile.gettempdir(), "lowtide-sample-junk")
        directory.mkdir(exist_ok=True)
        junk, _ = tempfile.mkstemp(dir=directory)
        with open(junk, "wb") as file:
            for _ in range(megabytes):
                file.write(os.urandom(1 << 20))


# Writing what a wheel holds.

def write_egg_info(project):
    egg_info = Path("src", f"{project['escaped']}.egg-info")
    egg_info.mkdir(exist_ok=True)
    own = [f"{egg_info.as_posix()}/{name}"
           for name in ("PKG-INFO", "SOURCES.txt", "dependency_links.txt", "top_level.txt")]
    write(egg_info / "PKG-INFO", project["metadata"])
    write(egg_info / "SOURCES.txt", "\n".join(sorted(sources() + own)))
    write(egg_info / "dependency_links.txt", "\n")
    write(egg_info / "top_level.txt", f"{PACKAGE}\n")


def write_dist_info(dist_info, project):
    dist_info.mkdir(parents=True, exist_ok=True)
    write(dist_info / "METADATA", project["metadata"])
    write(dist_info / "WHEEL", "Wheel-Version: 1.0\nGenerator: lowtide-sample\n"
                               f"Root-Is-Purelib: false\nTag: {WHEEL_TAG}\n")
    write(dist_info / "top_level.txt", f"{PACKAGE}\n")


def write_wheel(wheel, tree, project):
    """The same tree gives the same bytes: names in order, one date for all."""
    record = f"{project['stem']}.dist-info/RECORD"
    files = {path.relative_to(tree).as_posix(): path.read_bytes()
             for path in tree.rglob("*") if path.is_file()}
    lines = []
    date = time.gmtime(max(number("SOURCE_DATE_EPOCH"), 315532800))[:6]  # zip starts in 1980
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files, key=lambda name: (".dist-info/" in name, name)):
            digest = base64.urlsafe_b64encode(hashlib.sha256(files[name]).digest()).decode().rstrip("=")
            lines.append(f"{name},sha256={digest},{len(files[name])}\n")
            add(archive, name, date, files[name])
        add(archive, record, date, "".join([*lines, f"{record},,\n"]).encode())


def add(archive, name, date, data):
    entry = zipfile.ZipInfo(name, date)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = (0o100755 if name.endswith(SUFFIX) else 0o100644) << 16
    archive.writestr(entry, data)


def write(path, text):
    path.write_bytes(text.encode())


def number(key, default=0):
    text = os.environ.get(key) or str(default)
    if not re.fullmatch(r"\d+", text, re.ASCII):
        stop(f"{key} is not a whole number: {text!r}")
    return int(text)


def is_set(key):
    return os.environ.get(key, "").lower() in ("1", "true", "yes", "on")


def stop(reason):
    raise SystemExit(f"lowtide-sample: {reason}")
