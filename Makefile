# What there is to run. Everything goes through npm, which puts the project's own Node 24 first.

.DEFAULT_GOAL := help
DEPS := node_modules/.package-lock.json
PREFIX ?= $(if $(filter 0,$(shell id -u)),/usr/local,$(HOME)/.local)

.PHONY: help demo test prove check install uninstall generate mutants bench cluster cluster-down images clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 21

demo: $(DEPS) ## a real agent session, governed; LIVE=1 uses the real provider
	@npm run --silent demo

test: $(DEPS) ## everything: checks, unit, multi-process, kill, fuzz, real clients, the demo
	@npm run --silent test

check: $(DEPS) ## fast: format, lint, types, generated files, imports, unit tests
	@npm run --silent check

install: $(DEPS) ## puts `tollgate` on PATH (PREFIX=/usr/local, or ~/.local)
	@npm run --silent build
	@npm run --silent install-command -- "$(PREFIX)"

uninstall: ## takes it away again; ~/.local/state/tollgate and ~/.cache/tollgate stay
	rm -rf "$(PREFIX)/bin/tollgate" "$(PREFIX)/lib/tollgate"

generate: $(DEPS) ## generated files, from crds/ and tables
	@npm run --silent generate

prove: $(DEPS) ## what needs a whole cluster, in a real one, as root; ONLY=escape for some
	@npm run --silent prove -- $(ONLY)

mutants: $(DEPS) ## breaks each guarantee in turn and shows its test going red
	@npm run --silent mutants

bench: $(DEPS) ## figures beside nginx, or PEERS=1 beside other gateways, CLUSTER=1 in a cluster; as root it installs what it needs
	@npm run --silent $(if $(CLUSTER),bench-cluster,bench -- $(if $(PEERS),--peers))

cluster: $(DEPS) ## a Kubernetes of one node, from source, as root; the first time it builds for about ten minutes
	@npm run --silent cluster

cluster-down: $(DEPS) ## ends it, and all that it left
	@npm run --silent cluster-down

images: $(DEPS) ## one image for all parts in a cluster, as an OCI archive in dist/images; ARCH=amd64 for that alone
	@npm run --silent images -- $(if $(ARCH),--arch $(ARCH))

clean: ## what was built and cached; a cluster that runs is ended first
	@test ! -e .cache/cluster/run/processes.json || $(MAKE) --no-print-directory cluster-down
	rm -rf dist .cache node_modules test/clients/node_modules test/clients/openclaw/node_modules

$(DEPS): package.json package-lock.json
	@echo "Installing what package-lock.json names; no install scripts are run."
	@npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@npm run --silent has-node
	@touch $@
