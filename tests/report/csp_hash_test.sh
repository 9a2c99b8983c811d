#!/usr/bin/env bash
# Recomputes the SHA-256 of the page's style and script with hashlib and compares them with the policy.
# Usage: csp_hash_test.sh <report_tests program>. Exit 77: python3 is missing, skipped.
set -euo pipefail

command -v python3 >/dev/null || { echo "python3 is missing: skipped"; exit 77; }
pages=$(mktemp -d)
trap 'rm -rf "$pages"' EXIT
HONE_REPORT_PAGES=$pages "$1" --test-case="the pages for the browser are written" >/dev/null

python3 - "$pages/demo.html" <<'PYTHON'
import base64, hashlib, re, sys

page = open(sys.argv[1], encoding="utf-8", newline="").read()
policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page).group(1)
for name in ("style", "script"):
    text = re.search(f"<{name}>(.*?)</{name}>", page, re.S).group(1)
    value = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    if f"{name}-src 'sha256-{value}'" not in policy:
        sys.exit(f"the policy does not name the hash of the {name}: {policy}")
    print(name, value)
PYTHON
