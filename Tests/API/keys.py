"""Keys of every kind, made in the database: also those that no API would ever hand out."""

import hashlib
import secrets
import string
import subprocess
import uuid

ALL = ["messages", "templates", "contacts", "automation", "callbacks", "costs", "settings", "keys", "audit"]


def made_up(lead="tdg_"):
    shown = "".join(secrets.choice(string.ascii_lowercase + "234567") for _ in range(8))
    return f"{lead}{shown}_{secrets.token_urlsafe(32)}"


class Keys:
    def __init__(self, database_url):
        self.database_url = database_url

    def execute(self, statement):
        done = subprocess.run(
            ["psql", "-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", "-d", self.database_url, "-c", statement],
            capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        return done.stdout.strip()

    def make(self, tenant, scopes, expires="NULL", revoked="NULL"):
        key = made_up()
        digest = hashlib.sha256(key.encode()).hexdigest()
        words = ",".join(f"'{scope}'" for scope in scopes)
        self.execute(
            "INSERT INTO api_keys (tenant_id, id, name, prefix, hash, scopes, expires_at, revoked_at) VALUES "
            f"('{tenant}', '{uuid.uuid4()}', 'attack', '{key[:12]}', '\\x{digest}', ARRAY[{words}]::text[], {expires}, {revoked})")
        return key

    def make_admin(self, email):
        key = made_up("tda_")
        digest = hashlib.sha256(key.encode()).hexdigest()
        self.execute(
            "INSERT INTO admin_keys (id, name, prefix, hash, email) VALUES "
            f"('{uuid.uuid4()}', 'attack', '{key[:12]}', '\\x{digest}', '{email}')")
        return key
