#!/usr/bin/env bash
# Opens the pages in headless Chromium: the script must run, hostile names must not, and nothing may be
# logged. Usage: chromium_test.sh <report_tests program>. Exit 77: no Chromium, skipped.
set -euo pipefail

browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
[[ -n $browser ]] || { echo "no Chromium: skipped"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
HONE_REPORT_PAGES=$work "$1" --test-case="the pages for the browser are written" >/dev/null

options=(--headless --disable-gpu --disable-dev-shm-usage --enable-logging=stderr --no-first-run
         --user-data-dir="$work/profile" --virtual-time-budget=2000)
# Chromium's sandbox refuses to start for root.
[[ $(id -u) -eq 0 ]] && options+=(--no-sandbox)

dump() { timeout 100 "$browser" "${options[@]}" --dump-dom "file://$1" >"$1.dom" 2>"$1.log"; }
die() { echo "FAILED: $1"; grep CONSOLE "$2" | head -5 || true; exit 1; }

# No element of the page as the browser understood it carries an attribute of the hostile names.
no_foreign_markup() {
  command -v python3 >/dev/null || return 0
  python3 - "$1" <<'PYTHON'
import html.parser, sys

class Parser(html.parser.HTMLParser):
    def handle_starttag(self, tag, attributes):
        if any(name in ("onerror", "hostile") for name, _ in attributes):
            sys.exit(f"element {tag} with {attributes}")

Parser().feed(open(sys.argv[1], encoding="utf-8").read())
PYTHON
}

for page in demo hostile empty; do
  file=$work/$page.html
  dump "$file"
  grep -q '</html>' "$file.dom" || die "$page: no page came back" "$file.log"
  ! grep -q 'CONSOLE' "$file.log" || die "$page: the console is not silent" "$file.log"
  ! grep -q '<title>alerted' "$file.dom" || die "$page: a hostile name ran" "$file.log"
  no_foreign_markup "$file.dom" || die "$page: a name became markup" "$file.log"
  # The script moves every chart's <title> into its own map: none is left where it ran.
  titles=$(grep -o '<title>' "$file.dom" | wc -l)
  [[ $titles -eq 1 ]] || die "$page: the page's own script did not run ($titles titles)" "$file.log"
done

# The checks above can fail: a script that the policy does not name is refused, and the console says so.
sed 's#</body>#<script>document.title="alerted"</script></body>#' "$work/demo.html" >"$work/control.html"
dump "$work/control.html"
! grep -q '<title>alerted' "$work/control.html.dom" || die "a foreign script ran" "$work/control.html.log"
grep -q 'CONSOLE.*Content Security Policy' "$work/control.html.log" ||
  die "a refused script was not reported" "$work/control.html.log"
echo "three pages are silent and inert"
