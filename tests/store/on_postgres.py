#!/usr/bin/python3
"""Run a program against a PostgreSQL of its own: on_postgres.py PROGRAM [ARGUMENT…]

A server is started in a temporary folder, as an unprivileged user where we are root, with a socket
in that folder and no port; JIFEN_STORE is the URL of a fresh, empty database. The program's exit
status is ours. Everything is gone afterwards.
"""
import glob
import os
import pwd
import shutil
import subprocess
import sys
import tempfile


def tool(name):
    found = shutil.which(name) or next(
        iter(sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{name}"), reverse=True)), None)
    if not found:
        sys.exit(f"Bail out! PostgreSQL's {name} is not installed")
    return found


class Server:
    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="jifen-pg-")
        self.data = os.path.join(self.folder, "data")
        self.as_user = []
        if os.getuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(self.folder, user.pw_uid, user.pw_gid)
            self.as_user = ["setpriv", "--reuid", str(user.pw_uid), "--regid", str(user.pw_gid),
                            "--clear-groups", "--"]
        os.chmod(self.folder, 0o755)

    def run(self, *command):
        subprocess.run([*self.as_user, *command], check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, cwd=self.folder)

    def start(self):
        self.run(tool("initdb"), "-D", self.data, "-A", "trust", "-U", "jifen", "-E", "UTF8",
                 "--locale=C", "--no-sync")
        self.start_again()

    def start_again(self):
        self.run(tool("pg_ctl"), "-D", self.data, "-w", "-t", "60", "-l",
                 os.path.join(self.folder, "log"), "-o",
                 f"-c listen_addresses='' -c unix_socket_directories={self.folder} -c shared_buffers=64MB",
                 "start")

    def database(self, name):
        subprocess.run([tool("createdb"), "-h", self.folder, "-U", "jifen", name], check=True)
        return f"postgresql://jifen@/{name}?host={self.folder}"

    def kill(self):
        """As a power cut: every process of the server, at once."""
        self.run(tool("pg_ctl"), "-D", self.data, "-m", "immediate", "stop")

    def stop(self):
        try:
            self.run(tool("pg_ctl"), "-D", self.data, "-m", "fast", "stop")
        except subprocess.CalledProcessError:
            pass
        shutil.rmtree(self.folder, ignore_errors=True)


def main():
    server = Server()
    try:
        server.start()
        env = dict(os.environ, JIFEN_STORE=server.database("jifen"))
        return subprocess.run(sys.argv[1:], env=env, check=False).returncode
    finally:
        server.stop()


if __name__ == "__main__":
    sys.exit(main())
