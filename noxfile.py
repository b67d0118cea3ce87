"""Every command a contributor needs.

``python3 noxfile.py -s demo`` needs nothing but Python 3.11 or newer with ``venv``:
where nox is missing, a private environment for it is made in ``.nox-home/``. Where nox
is installed, ``nox -s demo`` is the same.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
NOX_HOME = ROOT / ".nox-home"
NOX_REQUIREMENTS = ("nox>=2025.5", "uv>=0.9")


def continue_in_private_environment() -> None:
    """Replace this process by one that has nox; make its environment the first time."""
    python = NOX_HOME / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    check = [str(python), "-c", "import nox, uv"]
    if not python.exists() or subprocess.run(check, check=False).returncode:
        print(f"nox is not installed: making {NOX_HOME.name}/ for it.", flush=True)
        venv.create(NOX_HOME, clear=True, with_pip=True)
        pip = [str(python), "-m", "pip", "--disable-pip-version-check", "-qq"]
        subprocess.run([*pip, "install", *NOX_REQUIREMENTS], check=True)
    os.execv(python, [str(python), __file__, *sys.argv[1:]])


if sys.version_info < (3, 11):
    sys.exit(f"Rivetgen needs Python 3.11 or newer; this is {sys.version.split()[0]}.")

try:
    import nox
except ModuleNotFoundError:
    continue_in_private_environment()
    raise

nox.needs_version = ">=2025.5"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_venv = "yes"
nox.options.sessions = ["tests"]

MEMBERS = ("schema", "clients/python", "generator", "runtime")
EXAMPLE = ROOT / "examples" / "chat"
CONFORMANCE = ROOT / "tests" / "conformance"
FIXTURES = CONFORMANCE / "actors"
CLIENT_STANDS_WITHOUT = ("aiohttp", "jinja2", "datamodel_code_generator", "yaml")
# Whole files go to one process each, in order: slow ones come first, and a server that
# is started for a file is started once.
BY_FILE_IN_ORDER = ("--dist=loadfile", "--no-loadscope-reorder")
IN_PARALLEL = ("-n=auto", "--maxprocesses=4", *BY_FILE_IN_ORDER)
CLIENT_ONLY_CHECK = """
import importlib.util, sys
from chat_client import ChatClient, Overflow
found = [name for name in sys.argv[1:] if importlib.util.find_spec(name)]
sys.exit(f"a client alone brings {found}" if found else 0)
"""
RELIABILITY_COUNTS = {
    "JS_KILL_ROUNDS": "100",
    "TRACED_ANSWERS": "200",
    "IO_ERRORS": "500",
    "READ_ERRORS": "500",
    "REPEATED_KEYS": "1000",
    "FULL_ROUNDS": "20",
    "QUEUE_SENDS": "5000",
}
"""How much more than in every run of the tests is tried; the environment may say."""
PYPROJECT = nox.project.load_toml(ROOT / "pyproject.toml")


@nox.session
def demo(session: nox.Session) -> None:
    """Watch the chat example work, crash, and come back with nothing lost."""
    install(session)
    session.run("python", "examples/chat/demo", *session.posargs)


@nox.session
def tests(session: nox.Session) -> None:
    """Run everything CI runs, in one environment."""
    install(session, "lint", "types", "test", "build")
    check_lint(session)
    check_types(session)
    install_node_packages(session)
    session.run("pytest", *IN_PARALLEL, *session.posargs)
    check_isolation(session)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and formatting with ruff."""
    session.install(*dependency_group("lint"))
    check_lint(session)


@nox.session
def types(session: nox.Session) -> None:
    """Check types with mypy and pyright, both strict."""
    install(session, "types", "test")
    check_types(session)


@nox.session
def unit(session: nox.Session) -> None:
    """Run the unit tests."""
    run_pytest(session, "tests/unit")


@nox.session
def golden(session: nox.Session) -> None:
    """Compare what the generator emits with the committed output."""
    run_pytest(session, "tests/golden")


@nox.session
def generated(session: nox.Session) -> None:
    """Type-check and run what the generator emits, and every block of the README."""
    install_node_packages(session)
    run_pytest(session, "tests/generated", "tests/typing")


@nox.session
def conformance(session: nox.Session) -> None:
    """Let official clients and servers meet ours (needs npm and chromium)."""
    install_node_packages(session)
    run_pytest(session, "-v", "tests/conformance")  # -v lists what ran


@nox.session
def conformance_server(session: nox.Session) -> None:
    """Serve the fixture actors: -- --port 7000 --data DIR."""
    install(session)
    with session.chdir(FIXTURES):
        session.run("rivetgen", "generate")
    source = {"PYTHONPATH": str(FIXTURES / "src")}
    # Suites of the protocol ask whether messages to a sleeping actor were acknowledged.
    serve = ("python", "-m", "fixtures", "--hibernation-probe")
    session.run(*serve, *session.posargs, env=source)


@nox.session
def reliability(session: nox.Session) -> None:
    """Kill servers and cut the power: nothing acknowledged may be lost."""
    install_node_packages(session)
    # -rP shows what each test counted.
    folders = ("tests/reliability", "tests/simulation")
    run_pytest(session, "-rP", *folders, env={**RELIABILITY_COUNTS, **os.environ})


@nox.session
def fuzz(session: nox.Session) -> None:
    """Read 50,000 schemas with mistakes, and serve 20,000 messages with some."""
    install(session, "test")
    support = {"PYTHONPATH": "tests/support"}
    session.run("python", "-m", "tests.fuzz", *session.posargs, env=support)
    session.run("python", "-m", "tests.fuzz.protocol", env=support)


@nox.session
def simulate(session: nox.Session) -> None:
    """Simulate 20,000 lives of a server with crashes: its promises hold in each."""
    install(session)
    support = {"PYTHONPATH": "tests/support"}
    session.run("python", "-m", "tests.simulation", *session.posargs, env=support)


@nox.session
def client_only(session: nox.Session) -> None:
    """Prove that a generated client installs without server and generator packages."""
    install(session, "build")
    check_isolation(session)


@nox.session
def bench(session: nox.Session) -> None:
    """Measure server, client and generator, each beside others in the same run."""
    install(session, "bench")
    support = {"PYTHONPATH": "tests/support"}
    session.run("python", "-m", "tests.benchmarks", *session.posargs, env=support)
    session.run("python", "-m", "tests.benchmarks.idle", env=support)
    session.run("python", "-m", "tests.benchmarks.actors", env=support)
    session.run("python", "-m", "tests.benchmarks.timers", env=support)
    session.run("python", "-m", "tests.benchmarks.inside", env=support)
    install_node_packages(session)
    session.run("python", "-m", "tests.benchmarks.official", env=support)
    session.run("python", "-m", "tests.benchmarks.client", env=support)
    session.run("python", "-m", "tests.benchmarks.generator", env=support)


@nox.session
def build(session: nox.Session) -> None:
    """Build source archives and wheels of all distributions into dist/."""
    session.install(*dependency_group("build"))
    shutil.rmtree(ROOT / "dist", ignore_errors=True)
    build_distributions(session, *MEMBERS, into=ROOT / "dist")


def install(session: nox.Session, *groups: str) -> None:
    """Install the distributions, editable, with what the named checks stand on."""
    editable = [argument for member in MEMBERS for argument in ("-e", member)]
    requirements = [line for group in groups for line in dependency_group(group)]
    session.install(*editable, *requirements)


def dependency_group(name: str) -> list[str]:
    """Return the requirements of one dependency group of the root pyproject.toml."""
    return [*nox.project.dependency_groups(PYPROJECT, name)]


def check_lint(session: nox.Session) -> None:
    """Run ruff over everything that is written by hand."""
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


def check_types(session: nox.Session) -> None:
    """Run both type checkers; what they check stands in pyproject.toml."""
    session.run("mypy")
    session.run("pyright", "--project", "pyproject.toml")


def run_pytest(
    session: nox.Session, *folders: str, env: dict[str, str] | None = None
) -> None:
    """Run folders of tests; arguments after ``--`` go to pytest."""
    install(session, "lint", "types", "test")
    session.run("pytest", *folders, *session.posargs, env=env)


def install_node_packages(session: nox.Session) -> None:
    """Install Node and the official packages from the lock file, once per lock file.

    Executables come as optional packages, one per platform. Install scripts stay off
    except for the package ``node``, whose script fetches the executable.
    """
    if shutil.which("npm") is None:
        session.error("npm is missing: install Node, or run .ci/run, which does.")
    lock = CONFORMANCE / "package-lock.json"
    installed = CONFORMANCE / "node_modules" / ".installed-lock.json"
    if installed.exists() and installed.read_bytes() == lock.read_bytes():
        return
    quiet = ("--no-audit", "--no-fund", "--loglevel=error")
    with session.chdir(CONFORMANCE):
        session.run("npm", "ci", "--ignore-scripts", *quiet, external=True)
        session.run("npm", "rebuild", "--loglevel=error", "node", external=True)
    shutil.copyfile(lock, installed)


def build_distributions(session: nox.Session, *members: str, into: Path) -> None:
    """Build the source archive and the wheel of each named workspace member."""
    for member in members:
        session.run("uv", "build", "--quiet", member, "--out-dir", str(into))


def check_isolation(session: nox.Session) -> None:
    """Install a generated client into an empty environment and look what came along."""
    with tempfile.TemporaryDirectory() as name:
        project, dist, environment = (Path(name) / part for part in "abc")
        written_by_hand = shutil.ignore_patterns("_generated", "clients", "specs")
        shutil.copytree(EXAMPLE, project, ignore=written_by_hand)
        with session.chdir(project):
            session.run("rivetgen", "generate")
        client = str(project / "clients" / "python")
        build_distributions(session, "clients/python", client, into=dist)
        session.run("uv", "venv", "--quiet", str(environment))
        wheels = [str(wheel) for wheel in dist.glob("*.whl")]
        pip = ("uv", "pip", "install", "--quiet", "--python", str(environment))
        session.run(*pip, *wheels)
        python = (str(environment / "bin" / "python"), "-I", "-c")
        check = (CLIENT_ONLY_CHECK, *CLIENT_STANDS_WITHOUT)
        session.run(*python, *check, external=True)


if __name__ == "__main__":
    nox.main()
