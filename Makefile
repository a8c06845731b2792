# Cổng Xung Kích Số. `make` lists the commands; each one sets up what it needs first, and a second run is quick.
VENV := .venv/bin/python
.DEFAULT_GOAL := help
.PHONY: help setup run test coverage bench check lock screenshots

help:
	@echo "make run          chạy cổng với dữ liệu mẫu | the portal with its demo world (PORT=8000)"
	@echo "make test         chạy mọi kiểm thử | all tests: PostgreSQL, Redis, a real browser"
	@echo "make coverage     kiểm thử kèm độ phủ, lâu hơn | the tests with branch coverage, slower"
	@echo "make check        soát mã, kiểu, migration, bản dịch | lint, types, migrations, imports, translations"
	@echo "make bench        đo hiệu năng, in tỉ số (ARGS=--full: bản đầy đủ) | benchmarks, printed as ratios"
	@echo "make setup        chỉ cài đặt | only installs: .venv, node_modules, dist"
	@echo "make screenshots  chụp lại ảnh trong README | takes README's pictures again"
	@echo "make lock         khoá lại phiên bản thư viện | pins the dependencies again"

setup:
	@sh scripts/setup.sh runtime

run:
	@sh scripts/setup.sh runtime
	@$(VENV) scripts/run.py --stop-with-parent

test:
	@sh scripts/setup.sh dev browser
	@$(VENV) -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

coverage:
	@sh scripts/setup.sh dev browser
	@$(VENV) -m pytest -n 2 --dist loadfile --no-loadscope-reorder --cov --cov-report=term:skip-covered $(ARGS)

check:
	@sh scripts/setup.sh dev
	@$(VENV) scripts/check.py $(ARGS)

bench:
	@sh scripts/setup.sh dev browser
	@$(VENV) -m bench $(ARGS)

screenshots:
	@sh scripts/setup.sh dev browser
	@$(VENV) scripts/screenshots.py $(ARGS)

lock:
	@sh scripts/setup.sh dev
	$(VENV) -m uv pip compile --quiet --generate-hashes --python-version 3.12 --no-header requirements.txt -o requirements.lock
	$(VENV) -m uv pip compile --quiet --generate-hashes --python-version 3.12 --no-header requirements-dev.txt -o requirements-dev.lock
	npm install --package-lock-only
