#!/usr/bin/python3
"""The sign-in button in Chromium against a real Glewlwyd, and the pages under a path behind nginx: oidc.py JIFEN WEB SHOTS"""
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "tests/http")]
import tap
from glewlwyd import Glewlwyd, is_installed
from keys import Key
from world import World, free_port, listens, wait_until

SHOTS, WEB, JIFEN = sys.argv.pop(), sys.argv.pop(), sys.argv.pop()
CLIENT, SECRET, PASSWORD = "jifen", "the-secret-of-jifen", "a password of the provider"
PATIENCE_S = 120

NGINX = """
daemon off; pid {folder}/pid; error_log {folder}/error.log;
events {{ }}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    server {{
        listen 127.0.0.1:{port};
        location /points/ {{
            proxy_pass {upstream}/;
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_set_header X-Forwarded-Proto http;
        }}
    }}
}}
"""


@unittest.skipUnless(is_installed(), "glewlwyd is not installed")
class Button(unittest.TestCase):
    def setUp(self):
        self.world = World(JIFEN)
        self.addCleanup(self.world.close)
        self.provider = Glewlwyd(self.world.dir)
        self.addCleanup(self.provider.stop)
        self.provider.add_plugin([Key(self.world.dir, "first").private_jwk()])
        self.provider.add_user_property("id_number")
        self.person = self.world.people[0]
        self.provider.add_user("resident0", PASSWORD, id_number=self.person["id_number"])

    def serve(self, base=None):
        self.world.serve(oidc=f"oidc.issuer = {self.provider.issuer}\noidc.client_id = {CLIENT}\n"
                              f"oidc.client_secret = {SECRET}\noidc.id_number_claim = id_number\n", options=["--web", WEB],
                         base=base)
        self.provider.add_client(CLIENT, SECRET, (base or self.world.url) + "/api/v1/signin/oidc/callback")

    def proxy(self):
        """nginx that serves all of it under /points; its address."""
        folder, port = self.world.dir / "nginx", free_port()
        folder.mkdir()
        self.world.port = free_port()
        text = NGINX.format(folder=folder, port=port, upstream=f"http://127.0.0.1:{self.world.port}")
        (folder / "conf").write_text(text)
        nginx = subprocess.Popen(["/usr/sbin/nginx", "-p", folder, "-c", folder / "conf"])
        self.addCleanup(lambda: (nginx.terminate(), nginx.wait(20)))
        wait_until("nginx", lambda: listens(port))
        return f"http://127.0.0.1:{port}/points"

    def click(self, pages):
        done = subprocess.run(
            ["node", ROOT / "tests/e2e/oidc.mjs", pages, self.provider.url, "resident0", PASSWORD,
             self.person["name"][0], SHOTS], capture_output=True, text=True, timeout=PATIENCE_S)
        self.assertEqual(done.returncode, 0, done.stderr[-3000:] + self.world.logged())

    def test_button(self):
        """the button leads to the provider and back to the page that was asked for, signed in"""
        self.serve()
        self.click(self.world.url + "/")

    @unittest.skipUnless(shutil.which("nginx", path="/usr/sbin:/usr/bin"), "nginx is not installed")
    def test_prefix(self):
        """the same with everything under a path behind nginx"""
        base = self.proxy()
        self.world.url = f"http://127.0.0.1:{self.world.port}"
        self.serve(base)
        self.click(base + "/")


tap.main(__name__)
