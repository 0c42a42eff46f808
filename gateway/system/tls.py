"""TLS settings and diagnosis.

Encrypted connections to a broker: what is wrong with one, in words an installer can act on.
"""

import socket
import ssl
from pathlib import Path

PROBE_S = 5.0
_TOO_OLD = ("TLSV1_ALERT_PROTOCOL_VERSION", "UNSUPPORTED_PROTOCOL")


def authority_fault(path: Path) -> str:
    """Why a file cannot stand for an authority, or ""."""
    if not path.is_file():
        return f"no file {path}; give the certificate of the broker's authority"
    try:
        ssl.create_default_context(cafile=str(path))
    except ssl.SSLError:
        return f"{path} holds no certificate; give the PEM file of the broker's authority (-----BEGIN CERTIFICATE-----)"
    except OSError as error:
        return f"{path} cannot be read: {error.strerror}; let this user read it"
    return ""


def certificate_fault(certificate: Path, key: Path | None) -> str:
    """Why files cannot stand for who we are, or ""."""
    for path in filter(None, (certificate, key)):
        if not path.is_file():
            return f"no file {path}; give the certificate the broker knows this box by, and its key"
    try:
        ssl.create_default_context().load_cert_chain(certificate, key, password="")  # nobody is asked for one
    except ssl.SSLError:
        return f"{certificate} and its key do not belong together, or are no PEM files, or the key wants a password"
    except OSError as error:
        return f"{key or certificate} cannot be read: {error.strerror}; let this user read it"
    return ""


def encryption(authority: Path, certificate: Path | None, key: Path | None, min_version: str) -> ssl.SSLContext:
    """How to speak to a broker: whom to trust, who we are, and the oldest TLS that will do ("1.2" or "1.3")."""
    context = ssl.create_default_context(cafile=str(authority))
    context.minimum_version = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}[min_version]
    if certificate:
        context.load_cert_chain(certificate, key)
    return context


def connection_fault(error: OSError, *, encrypted: bool, host: str) -> str:
    """What a failed connection means, with the mend; "" where encryption has no part in it."""
    if isinstance(error, ssl.SSLCertVerificationError):
        if "self-signed" in error.verify_message or "local issuer" in error.verify_message:
            return "its certificate is not signed by the authority in tls_ca; give the file of the one that signed it"
        if "expired" in error.verify_message:
            return "its certificate has expired; renew it at the broker"
        if "not valid for" in error.verify_message or "match" in error.verify_message:
            return f"its certificate is for another name than {host}; set host to the name in the certificate"
        return f"its certificate is not accepted: {error.verify_message}"
    if isinstance(error, ssl.SSLError) and error.reason in _TOO_OLD:
        return (
            "it speaks no TLS as new as [mqtt] tls_min_version asks; renew it, or set tls_min_version to what it speaks"
        )
    if encrypted and isinstance(error, ssl.SSLError | ConnectionResetError):
        return "this port speaks no TLS, or its TLS is broken; take tls_ca away, or set port to the broker's TLS port"
    return ""


def speaks_tls(host: str, port: int) -> bool:
    """Whether a port that did not understand plain words understands encrypted ones. Trusts nobody and says nothing."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # no secret goes over this connection: it is closed at once
    try:
        with (
            socket.create_connection((host, port), timeout=PROBE_S) as plain,
            context.wrap_socket(plain, server_hostname=host),
        ):
            return True
    except (OSError, ValueError):
        return False
