// SPDX-License-Identifier: Apache-2.0
// The Python module, compiled without the variant's flags so that importing
// it and asking it questions works on every CPU.
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <string>
#include <vector>

#include "kernel.h"

#ifdef LOWTIDE_SAMPLE_FAIL_COMPILE
#error "LOWTIDE_SAMPLE_FAIL=compile asked for this failure"
#endif

namespace {

std::vector<std::string> compiled() {
  std::vector<std::string> names(1);
  for (const char *c = lowtide::features; *c; ++c) {
    if (*c == ' ') names.emplace_back();
    else names.back() += *c;
  }
  names.pop_back();  // the list ends with a space
  return names;
}

bool cpu_has(const std::string &feature) {
#if defined(__x86_64__) || defined(__i386__)
#define ASK(name) if (feature == name) return __builtin_cpu_supports(name)
  __builtin_cpu_init();
  ASK("sse2");
  ASK("avx2");
  ASK("fma");
  ASK("avx512f");
  ASK("avx512bw");
  ASK("avx512dq");
  ASK("avx512vl");
  ASK("avx512vnni");
#if __GNUC__ >= 11 || __clang_major__ >= 14  // older ones don't know the names
  ASK("avx512bf16");
  ASK("amx-tile");
  ASK("amx-bf16");
#endif
#undef ASK
  return false;
#else
  return feature == "neon";  // only what the architecture always has
#endif
}

PyObject *variant(PyObject *, PyObject *) { return PyUnicode_FromString(lowtide::variant); }

PyObject *compiled_features(PyObject *, PyObject *) {
  const auto names = compiled();
  PyObject *tuple = PyTuple_New(static_cast<Py_ssize_t>(names.size()));
  for (size_t i = 0; tuple && i < names.size(); ++i) {
    PyObject *name = PyUnicode_FromString(names[i].c_str());
    if (!name) Py_CLEAR(tuple);
    else PyTuple_SET_ITEM(tuple, static_cast<Py_ssize_t>(i), name);
  }
  return tuple;
}

PyObject *dot(PyObject *, PyObject *args) {
  for (const auto &feature : compiled()) {
    if (!cpu_has(feature)) {
      return PyErr_Format(PyExc_RuntimeError,
                          "this CPU has no %s, which the %s variant was compiled for",
                          feature.c_str(), lowtide::variant);
    }
  }
  Py_buffer a, b;
  if (!PyArg_ParseTuple(args, "y*y*:dot", &a, &b)) return nullptr;
  PyObject *result = nullptr;
  if (a.len != b.len) {
    PyErr_SetString(PyExc_ValueError, "dot needs two buffers of one length");
  } else {
    result = PyLong_FromLongLong(lowtide::dot(static_cast<const uint8_t *>(a.buf),
                                              static_cast<const int8_t *>(b.buf),
                                              static_cast<size_t>(a.len)));
  }
  PyBuffer_Release(&a);
  PyBuffer_Release(&b);
  return result;
}

PyMethodDef methods[] = {
    {"variant", variant, METH_NOARGS, "The name of the variant this was built as."},
    {"compiled_features", compiled_features, METH_NOARGS,
     "The CPU features the compiler was told it may use."},
    {"dot", dot, METH_VARARGS,
     "dot(a, b): the sum of a[i] * b[i], bytes of a unsigned, of b signed."},
    {nullptr, nullptr, 0, nullptr},
};

PyModuleDef definition = {PyModuleDef_HEAD_INIT, "_native", nullptr, 0, methods,
                          nullptr, nullptr, nullptr, nullptr};

}  // namespace

PyMODINIT_FUNC PyInit__native() { return PyModule_Create(&definition); }
