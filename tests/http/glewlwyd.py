"""A real Glewlwyd (Debian's package) with a database of its own, set up through its administration.

    provider = Glewlwyd(folder)          started on loopback, with a database in folder
    provider.add_plugin(keys)            OpenID Connect, signing with the first key of a JWKS
    provider.add_client(…), add_user(…)
    provider.rotate(keys)                other keys from now on
    provider.stop()
"""
import gzip
import json
import shutil
import signal
import sqlite3
import subprocess
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from world import PATIENCE_S, Browser, free_port, listens, wait_until

PROGRAM = shutil.which("glewlwyd")
SCRIPT = Path("/usr/share/doc/glewlwyd/database/init.sqlite3.sql.gz")
MODULES = Path("/usr/lib/glewlwyd")

CONFIG = """
port = {port}
bind_address = "127.0.0.1"
external_url = "{url}"
login_url = "login.html"
api_prefix = "api"
static_files_path = "{folder}/pages/"
static_files_mime_types = ({types})
log_mode = "console"
log_level = "WARNING"
cookie_domain = ""
cookie_secure = 0
session_expiration = 2419200
session_key = "GLEWLWYD2_SESSION_ID"
admin_scope = "g_admin"
profile_scope = "g_profile"
user_module_path = "{modules}/user"
user_middleware_module_path = "{modules}/user_middleware"
client_module_path = "{modules}/client"
user_auth_scheme_module_path = "{modules}/scheme"
plugin_module_path = "{modules}/plugin"
hash_algorithm = "SHA512"
database = {{ type = "sqlite3"; path = "{folder}/glewlwyd.db"; }};
"""


PAGES = Path("/usr/share/glewlwyd/webapp")
TEMPLATE = Path("/usr/share/glewlwyd/templates/config.json")
TYPES = {".html": "text/html", ".css": "text/css", ".js": "application/javascript", ".json": "application/json",
         ".png": "image/png", ".ttf": "font/ttf", ".woff": "font/woff", ".woff2": "font/woff2"}


def is_installed():
    return PROGRAM is not None and SCRIPT.is_file()


class Glewlwyd:
    def __init__(self, folder):
        self.folder = folder / "glewlwyd"
        self.folder.mkdir()
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.issuer = f"{self.url}/api/oidc"
        database = sqlite3.connect(self.folder / "glewlwyd.db")
        database.executescript(gzip.decompress(SCRIPT.read_bytes()).decode())
        database.close()
        self.put_pages()
        config = self.folder / "glewlwyd.conf"
        types = ", ".join(f'{{ extension = "{k}"; mime_type = "{v}"; }}' for k, v in TYPES.items())
        config.write_text(CONFIG.format(port=self.port, url=self.url, folder=self.folder, modules=MODULES, types=types))
        (self.folder / "user_middleware").mkdir()
        self.log = self.folder / "log"
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen([PROGRAM, f"--config-file={config}"], stdout=log, stderr=log)
        wait_until("Glewlwyd", lambda: listens(self.port) or self.process.poll() is not None)
        if self.process.poll() is not None:
            raise RuntimeError(self.log.read_text())
        self.admin = Browser()
        self.ask(self.admin, "POST", "/api/auth", {"username": "admin", "password": "password"})

    def put_pages(self):
        """Its own pages, with the settings that they read (Debian leaves a folder in that file's place)."""
        pages = self.folder / "pages"
        pages.mkdir()
        for item in PAGES.iterdir():
            if item.name != "config.json":
                (shutil.copytree if item.is_dir() else shutil.copy)(item, pages / item.name)
        settings = json.loads(TEMPLATE.read_text())
        settings.update(GlewlwydUrl=self.url + "/", lang=["en"])
        (pages / "config.json").write_text(json.dumps(settings))

    def ask(self, browser, method, path, body=None):
        answer = browser.call(method, self.url + path, body)
        if answer.status != 200:
            raise RuntimeError(f"{method} {path}: {answer.status} {answer.body.decode()}")
        return answer

    def plugin(self, keys):
        return {"module": "oidc", "name": "oidc", "display_name": "OpenID Connect", "enabled": True, "parameters": {
            "iss": self.issuer, "jwks-private": json.dumps({"keys": keys}), "default-kid": keys[0]["kid"], "jwks-show": True,
            "jwt-type": "rsa", "jwt-key-size": "256", "access-token-duration": 600, "refresh-token-duration": 1200,
            "code-duration": 60, "refresh-token-rolling": False, "allow-non-oidc": False, "auth-type-code-enabled": True,
            "auth-type-code-revoke-replayed": True, "auth-type-refresh-enabled": False, "pkce-allowed": True,
            "pkce-required": True, "pkce-method-plain-allowed": False, "subject-type": "public", "oauth-as-iss-id": True,
            "claims": [{"name": "id_number", "user-property": "id_number", "type": "string", "mandatory": True, "scope": []}]}}

    def add_plugin(self, keys):
        self.ask(self.admin, "POST", "/api/mod/plugin/", self.plugin(keys))

    def rotate(self, keys):
        self.ask(self.admin, "PUT", "/api/mod/plugin/oidc", self.plugin(keys))
        self.ask(self.admin, "PUT", "/api/mod/plugin/oidc/reset")

    def add_user_property(self, name):
        module = self.ask(self.admin, "GET", "/api/mod/user/database").json
        module["parameters"]["data-format"][name] = {"multiple": False, "read": True, "write": True}
        self.ask(self.admin, "PUT", "/api/mod/user/database", module)
        self.ask(self.admin, "PUT", "/api/mod/user/database/reset")

    def add_user(self, name, password, **more):
        self.ask(self.admin, "POST", "/api/user/", {"username": name, "name": name, "password": password, "enabled": True,
                                                    "scope": ["g_profile", "openid"], **more})

    def add_client(self, client, secret, redirect_uri):
        self.ask(self.admin, "POST", "/api/client/", {
            "client_id": client, "name": client, "enabled": True, "confidential": True, "password": secret,
            "client_secret": secret, "redirect_uri": [redirect_uri], "authorization_type": ["code"], "scope": ["openid"],
            "token_endpoint_auth_method": ["client_secret_basic"]})

    def login(self, browser, url, name, password, client):
        """What a person does there: log in, allow our client, and be sent back. The address to go back to."""
        answer = browser.get(url)
        assert answer.status == 302 and "login.html" in answer.location, (answer.status, answer.location)
        self.ask(browser, "POST", "/api/auth", {"username": name, "password": password})
        self.ask(browser, "PUT", f"/api/auth/grant/{client}", {"scope": "openid"})
        return browser.get(url + "&g_continue")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=PATIENCE_S)
