"""Requests that are refused, byte for byte."""
import client

SMUGGLED = b"GET /nothing-here HTTP/1.1\r\nHost: a\r\n\r\n"


def lines(*parts):
    return "\r\n".join(parts).encode("latin-1") + b"\r\n\r\n"


# (what, bytes, statuses allowed). All of them end the connection. First those that leave in doubt
# where the request ends.
FRAMING = [
    ("two different Content-Length",
     lines("POST /echo HTTP/1.1", "Host: a", "Content-Length: 5", "Content-Length: 6")
     + b"hello" + SMUGGLED, [400]),
    ("the same Content-Length twice",
     lines("POST /echo HTTP/1.1", "Host: a", "Content-Length: 5", "Content-Length: 5")
     + b"hello" + SMUGGLED, [400]),
    ("a list of Content-Lengths",
     lines("POST /echo HTTP/1.1", "Host: a", "Content-Length: 5, 5") + b"hello" + SMUGGLED, [400]),
    ("Content-Length and chunked",
     lines("POST /echo HTTP/1.1", "Host: a", "Content-Length: 5", "Transfer-Encoding: chunked")
     + b"0\r\n\r\n" + SMUGGLED, [400]),
    ("chunked and Content-Length",
     lines("POST /echo HTTP/1.1", "Host: a", "Transfer-Encoding: chunked", "Content-Length: 5")
     + b"0\r\n\r\n" + SMUGGLED, [400]),
    ("chunked twice",
     lines("POST /echo HTTP/1.1", "Host: a", "Transfer-Encoding: chunked",
           "Transfer-Encoding: chunked") + b"0\r\n\r\n" + SMUGGLED, [400]),
    ("Transfer-Encoding: xchunked",
     lines("POST /echo HTTP/1.1", "Host: a", "Transfer-Encoding: xchunked")
     + b"0\r\n\r\n" + SMUGGLED, [400]),
    ("Transfer-Encoding: gzip, chunked",
     lines("POST /echo HTTP/1.1", "Host: a", "Transfer-Encoding: gzip, chunked")
     + b"0\r\n\r\n" + SMUGGLED, [400]),
    ("Transfer-Encoding in HTTP/1.0",
     lines("POST /echo HTTP/1.0", "Host: a", "Transfer-Encoding: chunked")
     + b"0\r\n\r\n" + SMUGGLED, [400]),
    ("both in a GET",
     lines("GET /hello HTTP/1.1", "Host: a", "Content-Length: 5", "Transfer-Encoding: chunked")
     + b"0\r\n\r\n" + SMUGGLED, [400]),
    ("Content-Length: +5",
     lines("POST /echo HTTP/1.1", "Host: a", "Content-Length: +5") + b"hello" + SMUGGLED, [400]),
    ("Content-Length: 0x5",
     lines("POST /echo HTTP/1.1", "Host: a", "Content-Length: 0x5") + b"hello" + SMUGGLED, [400]),
    ("Content-Length: -1",
     lines("POST /echo HTTP/1.1", "Host: a", "Content-Length: -1") + b"hello" + SMUGGLED, [400]),
    ("an empty Content-Length",
     lines("POST /echo HTTP/1.1", "Host: a", "Content-Length:") + b"hello" + SMUGGLED, [400]),
    ("Content-Length 2^64 + 5",
     lines("POST /echo HTTP/1.1", "Host: a", "Content-Length: 18446744073709551621")
     + b"hello" + SMUGGLED, [400, 413]),
    ("a chunk of 2^64 bytes",
     lines("POST /echo HTTP/1.1", "Host: a", "Transfer-Encoding: chunked")
     + b"10000000000000005\r\nhello\r\n0\r\n\r\n" + SMUGGLED, [400, 413]),
    ("a blank before the colon",
     lines("POST /echo HTTP/1.1", "Host: a", "Content-Length : 5") + b"hello" + SMUGGLED, [400]),
]
REFUSED = FRAMING + [
    ("no Host", lines("GET /hello HTTP/1.1") + SMUGGLED, [400]),
    ("two Hosts", lines("GET /hello HTTP/1.1", "Host: a", "Host: b") + SMUGGLED, [400]),
    ("a Host with a path", lines("GET /hello HTTP/1.1", "Host: a/b") + SMUGGLED, [400]),
    ("an empty Host", lines("GET /hello HTTP/1.1", "Host:") + SMUGGLED, [400]),
    ("a bare CR in a header",
     lines("GET /hello HTTP/1.1", "Host: a", "X-A: b\rX-C: d") + SMUGGLED, [400]),
    ("a control character in a header",
     lines("GET /hello HTTP/1.1", "Host: a", "X-A: b\x01c") + SMUGGLED, [400]),
    ("a header name with a parenthesis",
     lines("GET /hello HTTP/1.1", "Host: a", "X(A): b") + SMUGGLED, [400]),
    ("two Authorizations",
     lines("GET /who HTTP/1.1", "Host: a", "Authorization: Bearer resident-1",
           "Authorization: Bearer clerk-1") + SMUGGLED, [400]),
    ("HTTP/2.0", lines("GET /hello HTTP/2.0", "Host: a"), [400, 505]),
    ("a header of 64 kB",
     lines("GET /hello HTTP/1.1", "Host: a", "X-A: " + "b" * 65536), [431]),
    ("10,000 headers",
     lines("GET /hello HTTP/1.1", "Host: a", *[f"X-{i}: b" for i in range(10000)]), [431]),
    ("101 headers",
     lines("GET /hello HTTP/1.1", "Host: a", *[f"X-{i}: b" for i in range(100)]), [431]),
    ("a target of 10 kB", lines("GET /" + "a" * 10000 + " HTTP/1.1", "Host: a"), [414]),
    ("a body larger than its route takes",
     lines("POST /echo HTTP/1.1", "Host: a", "Content-Length: 900000000") + b"hello", [413]),
]
