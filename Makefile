.DEFAULT_GOAL := help
.PHONY: help env build run chat transcripts services mis-check test check check-data format bench bench-nlu parse nlu-report proof clean pictures

PYTHON ?= python3
PY := .venv/bin/python
export PYTHON310 RASA_TELEMETRY_ENABLED := false
export TF_CPP_MIN_LOG_LEVEL := 3

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

env: ## make both Python environments and install the web packages
	@$(PYTHON) -m tools.bootstrap

build: env ## build the web chat and train the model, if their sources changed
	@$(PY) -m tools.build

run: build ## start everything and print the address of the chat
	@$(PY) -m tools.launch

chat: build ## talk to the whole system in the terminal: the running one, or one of its own
	@$(PY) -m tools.chat

transcripts: build ## play the conversations of docs/conversations.yml, write docs/conversations.md
	@$(PY) -m tools.transcripts

pictures: build ## take the pictures of docs/operators.md anew
	@$(PY) -W ignore -m tests.pictures

services: build ## start everything but Rasa, for `rasa shell -p 5006`
	@$(PY) -m tools.launch --without-rasa

mis-check: env ## read every base of mis.yml, write nothing, say what to set up (CONFIG=other.yml)
	@$(PY) -m tools.mis_check $(CONFIG)

test: build ## the whole test suite: style, types, data, units, the running system
	@$(PY) -m tools.verify

check: env ## style, types and data only: the fast part of `make test`
	@$(PY) -m tools.verify --static

proof: build ## play thousands of bookings under faults, write reports/proof.json (RUNS=200 SEED=7 MINUTES=5 SYSTEM=20)
	@$(PY) -W ignore -m tests.proof --runs $(or $(RUNS),3000) --seed $(or $(SEED),1) --minutes $(or $(MINUTES),600) $(if $(SYSTEM),--system $(SYSTEM))

check-data: env ## name every mistake in the YAML that designers edit, in seconds
	@$(PY) -m tools.data_check

format: env ## put code into the project's style
	@$(PY) -m ruff format . && $(PY) -m ruff check --fix .

bench: build ## measure speed and size, targets beside figures
	@$(PY) -m bench

bench-nlu: env ## train and compare the pipelines (an hour; ARGS="--only d,e" for some of them)
	@.venv-rasa/bin/python -W ignore -m bench.pipelines $(ARGS)

parse: ## read messages from standard input, print what is understood as JSON
	@.venv-rasa/bin/python -W ignore -m bot.understanding

nlu-report: build ## measure understanding on the evaluation sets: reports/nlu.md
	@.venv-rasa/bin/python -W ignore -m bench.understanding.report

clean: ## remove what is made: environments, models, database
	rm -rf .venv .venv-rasa var web/node_modules tests/mis/fhir_server/node_modules web/dist models/*.tar.gz models/*.json models/.trained-from models/.red-flags-from models/.checked .rasa
