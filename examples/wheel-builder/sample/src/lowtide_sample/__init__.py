# SPDX-License-Identifier: Apache-2.0
"""A kernel compiled for one CPU variant, which says for which."""

from ._native import compiled_features, dot, variant

__all__ = ["compiled_features", "dot", "variant"]
