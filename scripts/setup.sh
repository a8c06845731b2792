#!/bin/sh
# Finds a Python 3.12 or newer and hands over to scripts/setup.py. Candidates are run, not only looked up: a version
# manager may leave a `python3.13` on the PATH that only prints an error.
for candidate in "${PYTHON:-}" .venv/bin/python python3.13 /usr/bin/python3.13 python3.14 /usr/bin/python3.14 \
    python3.12 /usr/bin/python3.12 python3 /usr/bin/python3 /usr/local/bin/python3 /opt/homebrew/bin/python3 python; do
    [ -n "$candidate" ] || continue
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 12))' >/dev/null 2>&1; then
        exec "$candidate" scripts/setup.py "$@"
    fi
done
cat >&2 <<'ADVICE'
✗ Không tìm thấy Python 3.12 trở lên. Hãy cài Python rồi chạy lại, ví dụ:
    Debian 13, Ubuntu 24.04: apt install python3 python3-venv      macOS: brew install python@3.13
  hoặc chỉ đường dẫn: make run PYTHON=/đường/dẫn/python3.13
  No Python 3.12+ was found: install one as above, or name it: make run PYTHON=/path/to/python3.13
ADVICE
exit 1
