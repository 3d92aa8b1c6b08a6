"""A real PostgreSQL of the test run's own: it can be killed and started again."""

from __future__ import annotations

import contextlib
import glob
import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
from pathlib import Path

from ports import free_port
from waiting import PATIENCE, until


def find_binaries() -> Path:
    """The folder that has initdb and postgres.

    Raises
    ------
    FileNotFoundError
        If there is none; ``scripts/ensure_postgres.sh`` installs it.
    """
    named = os.environ.get("DALT_POSTGRES")
    folders = [named] if named else []
    if not named:
        on_path = shutil.which("initdb")
        folders += [str(Path(on_path).resolve().parent)] if on_path else []
        folders += sorted(glob.glob("/usr/lib/postgresql/*/bin"), reverse=True)
        folders += sorted(glob.glob("/usr/pgsql-*/bin"), reverse=True)
    for folder in map(Path, folders):
        if (folder / "initdb").is_file() and (folder / "postgres").is_file():
            return folder
    raise FileNotFoundError("There is no PostgreSQL here; scripts/ensure_postgres.sh installs one.")


def _short_folder() -> str:
    """The temporary folder if PostgreSQL can use it, else /tmp.

    A socket's path has at most 107 characters, and another user may have to get there.
    """
    named = tempfile.gettempdir()
    enters = os.stat(named).st_mode & stat.S_IXOTH
    return named if enters and len(named) < 60 else "/tmp"


class Cluster:
    """One server in a temporary folder, on a socket there and on a port of its own.

    Parameters
    ----------
    folder : Path, optional
        Where it lies; made and removed if left out.
    port : int, optional
        A free one if left out.
    password : str
        Of the user "dalt"; whoever connects by TCP is asked for it.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        port: int | None = None,
        password: str = "not-to-be-seen",
    ) -> None:
        self.password = password
        self._binaries = find_binaries()
        self._socket = Path(tempfile.mkdtemp(prefix="dalt-", dir=_short_folder()))
        self.folder = folder or self._socket / "data"
        self._user = self._unprivileged()
        self.process: subprocess.Popen[bytes] | None = None
        self.port = port or free_port()
        self._databases: set[str] = set()
        self._make()
        self.start()

    @staticmethod
    def _unprivileged() -> str | None:
        """Who runs it: PostgreSQL refuses to be root."""
        if os.getuid() != 0:
            return None
        for name in ("postgres", "nobody"):
            try:
                return pwd.getpwnam(name).pw_name
            except KeyError:
                continue
        raise RuntimeError("PostgreSQL does not run as root, and there is no user 'nobody'.")

    def _run(self, *command: str) -> None:
        done = subprocess.run(
            command, user=self._user, capture_output=True, text=True, check=False, cwd="/"
        )
        if done.returncode:
            raise RuntimeError(f"{command[0]} failed: {done.stdout}{done.stderr}")

    def _make(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        secret = self._socket / "password"
        secret.write_text(self.password)
        if self._user is not None:
            who = pwd.getpwnam(self._user)
            for path in (self._socket, self.folder, secret):
                os.chown(path, who.pw_uid, who.pw_gid)
        self._run(
            str(self._binaries / "initdb"), "--pgdata", str(self.folder), "--username", "dalt",
            "--encoding", "UTF8", "--locale", "C", "--auth", "scram-sha-256",
            "--pwfile", str(secret), "--no-sync",
        )  # fmt: skip

    def start(self) -> None:
        """Start it, and return when it takes connections."""
        assert self.process is None, "it is running"
        log = (self._socket / "log").open("ab")
        self.process = subprocess.Popen(
            [
                str(self._binaries / "postgres"), "-D", str(self.folder),
                "-c", f"port={self.port}", "-c", "listen_addresses=127.0.0.1",
                "-c", f"unix_socket_directories={self._socket}",
                "-c", "max_connections=200", "-c", "shared_buffers=256MB",
            ],
            user=self._user, stdout=log, stderr=log, cwd="/", start_new_session=True,
            preexec_fn=_end_with_parent,
        )  # fmt: skip
        log.close()
        process = self.process
        until(lambda: process.poll() is not None or self._takes_connections(), self._trouble)
        if process.poll() is not None:
            raise RuntimeError(self._trouble())

    def _trouble(self) -> str:
        return f"It did not start:\n{self.log}"

    def _takes_connections(self) -> bool:
        import psycopg

        try:
            psycopg.connect(self._address("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _address(self, database: str) -> str:
        return f"postgresql://dalt:{self.password}@127.0.0.1:{self.port}/{database}"

    @property
    def log(self) -> str:
        """What the server said."""
        return (self._socket / "log").read_text("utf-8", "replace")

    def url(self, database: str) -> str:
        """The address of a database, which is made if it is not there."""
        import psycopg

        if database not in self._databases:
            with psycopg.connect(self._address("postgres"), autocommit=True) as db:
                known = db.execute("SELECT 1 FROM pg_database WHERE datname = %s", (database,))
                if known.fetchone() is None:
                    db.execute(f'CREATE DATABASE "{database}"')
            self._databases.add(database)
        return self._address(database)

    def kill(self) -> None:
        """End the server and all that it started by SIGKILL, as a loss of power would."""
        assert self.process is not None, "it is not running"
        import psutil

        server = psutil.Process(self.process.pid)
        workers = server.children(recursive=True)
        os.kill(self.process.pid, signal.SIGSTOP)  # it must not start others meanwhile
        for process in [*workers, server]:
            try:
                process.send_signal(signal.SIGKILL)
            except psutil.NoSuchProcess:
                continue
        self.process.wait()
        psutil.wait_procs(workers, timeout=PATIENCE)
        self.process = None

    def stop(self) -> None:
        """End it, closing all connections."""
        if self.process is not None:
            self.process.send_signal(signal.SIGINT)  # a fast shutdown
            self.process.wait(PATIENCE)
            self.process = None

    def close(self) -> None:
        """End it for good, and remove its files."""
        self.stop()
        shutil.rmtree(self._socket, ignore_errors=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def _end_with_parent() -> None:
    """Ask Linux for an immediate shutdown when the test run dies, however it does."""
    import ctypes

    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGQUIT)
