"""Which run it is: a digest of everything that an object holds, to the last bit.

Two objects of one fingerprint hold the same numbers, and their own functions and classes the same code:
arrays count by their bytes, objects by their attributes, functions and classes of this package and of
installed libraries by name and version, those of a user by what they are compiled to, with the globals
that they use. What has no content to be read, and what no other process could find again, is refused.
"""

from __future__ import annotations

import copyreg
import hashlib
import sys
import sysconfig
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from gantheory.errors import CheckpointError

PLAIN = (type(None), bool, int, float, complex, str, bytes, type(Ellipsis), type(NotImplemented))
HERE = Path(__file__).resolve().parent.parent
INSTALLED = frozenset({"site-packages", "dist-packages"})
# what objects of libraries write down while they are used: it follows from the rest
NOTES = ("cache", "_moment_methods", "_ufunc")
# of every class, without content of its own
USUAL = frozenset(
    {
        *("__module__", "__doc__", "__dict__", "__weakref__", "__abstractmethods__", "_abc_impl"),
        *("__annotations__", "__annotate__", "__annotate_func__", "__annotations_cache__"),
        *("__firstlineno__", "__static_attributes__", "__parameters__", "__orig_bases__"),
        *("__match_args__", "__dataclass_params__", "__dataclass_fields__"),
    }
)
# around a function: of lru_cache, and of numba, whose options count too
WRAPPERS = ("functools._lru_cache_wrapper", "numba.core.registry.CPUDispatcher")
GLOBAL = getattr(np.random.mtrand, "_rand", None)  # scipy's distributions hold it
WRITE = (
    "write a function with def at the top level of a module, or a small dataclass of its numbers with "
    "__call__; or train without checkpoints (gantheory.train)"
)


def fingerprint(value: Any, name: str) -> str:
    """Return 16 digits that are the same for the same content, and else are not.

    Parameters
    ----------
    value:
        Numbers, arrays, containers, objects, functions, classes.
    name:
        What it is called in an error.

    Raises
    ------
    CheckpointError
        If it holds a lambda, a closure, or what cannot be read: the message says where.
    """
    return _Reader().digest(value, name).hex()[:16]


class _Reader:
    """One reading: what was read is known by its identity, what is being read by its depth."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Any, bytes]] = {}  # what is kept has its id for itself
        self._open: list[int] = []

    def digest(self, value: Any, path: str) -> bytes:
        """Return the digest of a value; `path` says where it lies."""
        if type(value) in PLAIN:
            return _hashed([type(value).__name__, repr(value)])
        key = id(value)
        if key in self._known:
            return self._known[key][1]
        if key in self._open:
            return _hashed(["again", str(self._open.index(key))])
        self._open.append(key)
        found = _hashed(self._parts(value, path))
        self._open.pop()
        self._known[key] = (value, found)
        return found

    def _parts(self, value: Any, path: str) -> Iterable[str | bytes]:
        """Return what a value is made of."""
        if isinstance(value, type):
            return self._of_class(value, path)
        if isinstance(value, np.generic) or type(value) is np.ndarray:
            return self._of_array(value, path)
        return EXACTLY.get(type(value), _Reader._of_object)(self, value, path)

    # --- values -----------------------------------------------------------------------------------

    def _of_array(self, value: Any, path: str) -> Iterator[str | bytes]:
        """Yield dtype, shape and bytes."""
        yield from (type(value).__name__, repr(value.dtype), repr(value.shape))
        yield self.digest(value.tolist(), path) if value.dtype.hasobject else value.tobytes()

    def _of_sequence(self, value: Any, path: str) -> Iterator[str | bytes]:
        """Yield the digests of the items of a list or a tuple."""
        yield type(value).__name__
        yield from (self.digest(item, f"{path}[{i}]") for i, item in enumerate(value))

    def _of_set(self, value: Any, path: str) -> Iterator[str | bytes]:
        """Yield the digests of the items, in an order of their own."""
        yield type(value).__name__
        yield from sorted(self.digest(item, path) for item in value)

    def _of_dict(self, items: Mapping[Any, Any], path: str) -> Iterator[str | bytes]:
        """Yield the digests of keys and values, in an order that does not depend on insertion."""
        yield "dict"
        pairs = (
            (self.digest(key, path), self.digest(item, f"{path}.{key}"))
            for key, item in items.items()
        )
        yield from (digest for pair in sorted(pairs) for digest in pair)

    # --- objects ----------------------------------------------------------------------------------

    def _of_object(self, value: Any, path: str) -> Iterator[str | bytes]:
        """Yield class and content of an object, by what it would be pickled as."""
        if value is GLOBAL:  # no run draws from it
            yield "numpy's global generator"
            return
        if f"{type(value).__module__}.{type(value).__name__}" in WRAPPERS:
            options = getattr(value, "targetoptions", None)
            yield from ("wrapped", repr(options), self.digest(value.__wrapped__, path))
            return
        try:
            reduced = value.__reduce_ex__(4)
        except Exception as problem:
            raise _refusal(value, path, f"it cannot be read ({problem})") from None
        if isinstance(reduced, str):
            raise _refusal(value, path, "it is known by a name only")
        make, given, state, items, pairs = (*reduced, None, None, None)[:5]
        if make not in (copyreg.__newobj__, copyreg.__newobj_ex__):  # type: ignore[attr-defined]
            yield self.digest(make, path)
        yield from (self.digest(one, path) for one in given)
        yield from self._of_state(type(value), state, path)
        if not _is_of_library(type(value)):  # it may be pickled without some of its attributes
            yield from self._of_state(type(value), getattr(value, "__dict__", None), path)
        yield self.digest(list(items or ()), path)
        yield self.digest(list(pairs or ()), path)

    def _of_state(self, kind: type, state: Any, path: str) -> Iterator[str | bytes]:
        """Yield the attributes, without what was only kept to be quick."""
        notes = NOTES if _is_installed(_file_of(sys.modules.get(kind.__module__))) else ()
        for group in state if isinstance(state, tuple) else (state,):
            if not isinstance(group, dict):
                yield self.digest(group, path)
                continue
            yield from self._of_dict(
                {
                    key: item
                    for key, item in group.items()
                    if not isinstance(getattr(kind, str(key), None), cached_property)
                    and not str(key).endswith(notes)
                },
                path,
            )

    # --- code -------------------------------------------------------------------------------------

    def _of_class(self, kind: type, path: str) -> Iterator[str | bytes]:
        """Yield the name of an installed class; of a user's the bases and all members."""
        yield from ("class", kind.__qualname__)
        if _is_of_library(kind):
            yield from (kind.__module__, _version(kind.__module__))
            return
        yield from (self.digest(base, path) for base in kind.__bases__)
        for name, member in sorted(vars(kind).items()):
            if name in USUAL or _is_made(kind, member) or _is_slot(member):
                continue
            yield from (name, self.digest(member, f"{path}.{name}"))

    def _of_function(self, function: FunctionType, path: str) -> Iterator[str | bytes]:
        """Yield the name of an installed function; of a user's its code and the globals it uses."""
        code, name = function.__code__, function.__qualname__
        installed = _is_installed(code.co_filename)
        yield from ("function", name)
        if installed and _found(sys.modules.get(function.__module__), name) is function:
            yield from (function.__module__, _version(function.__module__))
            return
        cells = dict(zip(code.co_freevars, function.__closure__ or (), strict=True))
        if not installed:
            _check_function(function, path)
            cells.pop("__class__", None)  # its class is being read
        yield self.digest(code, path)
        yield self.digest([function.__defaults__, function.__kwdefaults__], path)
        for free, cell in sorted(cells.items()):
            yield from (free, self.digest(cell.cell_contents, f"{path}, its {free}"))
        if not installed:
            yield self.digest(vars(function), path)
            yield from self._of_names(function.__globals__, _names(code), path)

    def _of_names(
        self, space: Mapping[str, Any], names: frozenset[str], path: str
    ) -> Iterator[str | bytes]:
        """Yield what the names in a function stand for where it was made."""
        for name in sorted(names):
            if name not in space:
                continue
            yield name
            item, where = space[name], f"{path}, its global {name}"
            if not isinstance(item, ModuleType):
                yield self.digest(item, where)
            elif _is_installed(_file_of(item)):
                yield from (item.__name__, _version(item.__name__))
            else:
                yield from self._of_names(vars(item), names - {name}, where)

    def _of_code(self, code: CodeType, path: str) -> Iterator[str | bytes]:
        """Yield what a code object does, not where it was written."""
        yield from ("code", code.co_code, str(code.co_flags))
        yield self.digest([code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount], path)
        yield self.digest(
            [code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars], path
        )
        yield self.digest(code.co_consts, path)

    def _of_method(self, method: MethodType, path: str) -> Iterator[str | bytes]:
        """Yield the function, and the object that it is bound to."""
        yield from ("method", self.digest(method.__func__, path))
        yield self.digest(method.__self__, path)

    def _of_builtin(self, function: Any, path: str) -> Iterator[str | bytes]:
        """Yield the name of a compiled function, and the object that it is bound to."""
        name, owner = function.__name__, getattr(function, "__self__", None)
        if owner is not None and not isinstance(owner, ModuleType):
            yield from ("bound", name, self.digest(owner, path))
            return
        named = (str(getattr(function, "__module__", "")), "numpy", "scipy.special")
        homes = [owner, *(sys.modules.get(module) for module in named)]
        home = next((one for one in homes if one and _found(one, name) is function), None)
        if home is None:
            raise _refusal(function, path, "no module has it under its name")
        yield from ("compiled", home.__name__, name, _version(home.__name__))

    def _of_descriptor(self, value: Any, path: str) -> Iterator[str | bytes]:
        """Yield the functions behind a property or a method of a class."""
        yield type(value).__name__
        for name in ("fget", "fset", "fdel", "__func__", "func"):
            yield self.digest(getattr(value, name, None), path)


EXACTLY: dict[type, Callable[[_Reader, Any, str], Iterable[str | bytes]]] = {
    list: _Reader._of_sequence,
    tuple: _Reader._of_sequence,
    set: _Reader._of_set,
    frozenset: _Reader._of_set,
    dict: _Reader._of_dict,
    FunctionType: _Reader._of_function,
    CodeType: _Reader._of_code,
    MethodType: _Reader._of_method,
    BuiltinFunctionType: _Reader._of_builtin,
    np.ufunc: _Reader._of_builtin,
    property: _Reader._of_descriptor,
    classmethod: _Reader._of_descriptor,
    staticmethod: _Reader._of_descriptor,
    cached_property: _Reader._of_descriptor,
}

# --- pieces -----------------------------------------------------------------------------------------


def _hashed(parts: Iterable[str | bytes]) -> bytes:
    """sha256 of parts, each with its length before it."""
    total = hashlib.sha256()
    for part in parts:
        raw = part if isinstance(part, bytes) else part.encode("utf-8", "surrogatepass")
        total.update(len(raw).to_bytes(8, "big") + raw)
    return total.digest()


def _refusal(value: Any, path: str, why: str) -> CheckpointError:
    shown = repr(value)
    shown = shown if len(shown) <= 70 else f"{shown[:70]}..."
    return CheckpointError(
        f"{path} is {shown}: {why}, so a checkpoint cannot say which one it was; {WRITE}"
    )


def _check_function(function: FunctionType, path: str) -> None:
    """Refuse what only this process can find."""
    if function.__name__ == "<lambda>":
        raise _refusal(function, path, "a lambda has no name")
    if set(function.__code__.co_freevars) - {"__class__"}:
        raise _refusal(function, path, "a closure depends on variables of the function around it")


def _names(code: CodeType) -> frozenset[str]:
    """Return all names that a code object and those inside it look up."""
    inner = [_names(const) for const in code.co_consts if isinstance(const, CodeType)]
    return frozenset(code.co_names).union(*inner)


def _found(module: ModuleType | None, qualname: str) -> Any:
    """Return what a module has under a dotted name, None if nothing."""
    item: Any = module
    for name in qualname.split("."):
        item = getattr(item, name, None)
    return item


def _file_of(module: ModuleType | None) -> str:
    """Return the file of a module; "<builtin>" where it is compiled in."""
    if module is None:
        return ""
    file = getattr(module, "__file__", None)
    return str(file) if file else "<builtin>" if module.__name__ in sys.builtin_module_names else ""


@lru_cache(maxsize=1024)
def _is_installed(file: str) -> bool:
    """Whether it is code of Python, of an installed library or of this package."""
    if file == "<builtin>" or file.startswith("<frozen "):
        return True
    path = Path(file)
    standard = [Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib")]
    return bool(file) and (
        not INSTALLED.isdisjoint(path.parts)
        or any(path.is_relative_to(place) for place in (HERE, *standard))
    )


def _is_of_library(kind: type) -> bool:
    """Whether a class is found by its name in code that is installed."""
    module = sys.modules.get(kind.__module__)
    return _is_installed(_file_of(module)) and _found(module, kind.__qualname__) is kind


def _version(module: str) -> str:
    """Return the version of the library of a module."""
    top = sys.modules.get(module.partition(".")[0])
    return str(getattr(top, "__version__", ""))


def _is_made(kind: type, member: Any) -> bool:
    """Whether a method of a dataclass was made from its fields."""
    code = getattr(member, "__code__", None)
    return "__dataclass_fields__" in vars(kind) and getattr(code, "co_filename", "") == "<string>"


def _is_slot(member: Any) -> bool:
    """Whether it is a place for an attribute of instances."""
    return type(member).__name__ in ("member_descriptor", "getset_descriptor")
