"""Keys and signed tokens, by the openssl command line."""
import base64
import json
import re
import subprocess


def b64(data):
    """base64url; a dictionary as JSON"""
    if isinstance(data, dict):
        data = json.dumps(data).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def openssl(*args, data=b""):
    return subprocess.run(["openssl", *map(str, args)], input=data, check=True, capture_output=True).stdout


class Key:
    def __init__(self, folder, kid, kind="RSA", bits=2048):
        self.kid, self.kind, self.bits, self.path = kid, kind, bits, folder / f"{kid}.key"
        how = ["-algorithm", "RSA", "-pkeyopt", f"rsa_keygen_bits:{bits}"] if kind == "RSA" else \
              ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]
        openssl("genpkey", *how, "-out", self.path)

    @property
    def alg(self):
        return "RS256" if self.kind == "RSA" else "ES256"

    def _numbers(self):
        """The numbers of the key as openssl prints them."""
        text = openssl("pkey", "-in", self.path, "-noout", "-text").decode()
        found = {}
        for name, digits in re.findall(r"^(\w[\w ]*):\s*\n((?:\s+[0-9a-f:]+\n)+)", text, re.M):
            found[name] = bytes.fromhex(re.sub(r"[\s:]", "", digits))
        return found

    def jwk(self):
        if self.kind == "EC":
            point = self._numbers()["pub"]
            return {"kty": "EC", "crv": "P-256", "kid": self.kid, "x": b64(point[1:33]), "y": b64(point[33:])}
        return {"kty": "RSA", "kid": self.kid, "n": b64(self._numbers()["modulus"].lstrip(b"\0")), "e": "AQAB"}

    def private_jwk(self):
        n = {name: value.lstrip(b"\0") for name, value in self._numbers().items()}
        if self.kind == "EC":
            return {**self.jwk(), "alg": self.alg, "d": b64(n["priv"].rjust(32, b"\0"))}
        return {**self.jwk(), "alg": self.alg, "d": b64(n["privateExponent"]), "p": b64(n["prime1"]),
                "q": b64(n["prime2"]), "dp": b64(n["exponent1"]), "dq": b64(n["exponent2"]), "qi": b64(n["coefficient"])}

    def public_pem(self):
        return openssl("pkey", "-in", self.path, "-pubout")

    def sign(self, data):
        made = openssl("dgst", "-sha256", "-sign", self.path, data=data)
        if self.kind == "RSA":
            return made
        parts, at = [], 2  # DER: SEQUENCE of two INTEGERs; wanted: 32 bytes each
        for _ in range(2):
            size = made[at + 1]
            parts.append(int.from_bytes(made[at + 2:at + 2 + size], "big").to_bytes(32, "big"))
            at += 2 + size
        return b"".join(parts)

    def token(self, claims, **header):
        """`claims`: a dictionary, or bytes that are not JSON; a header's None leaves it out"""
        head = {k: v for k, v in {"alg": self.alg, "kid": self.kid, **header}.items() if v is not None}
        return self.raw_token(claims, head)

    def raw_token(self, claims, head):
        text = b64(head) + "." + b64(claims)
        return text + "." + b64(self.sign(text.encode()))
