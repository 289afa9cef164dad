# Names for what people do here; the logic lives in cargo, xtask and scripts/.
# `make` alone lists the targets.

.DEFAULT_GOAL := help
.PHONY: help run test check fmt bench doc tools lint simulate

CARGO ?= cargo

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' Makefile

run: ## Start a chain and record the journey of a tin of tea on it
	$(CARGO) build --release --locked --package qiantang-cli
	samples/longjing/run.sh

tools: ## Install what the tests need beyond Rust
	scripts/tools.sh

# The tests of the command line build the binary that the tests in e2e/ drive.
test: tools ## Run every test, those with cast and viem included
	$(CARGO) test --workspace --locked
	cd e2e && npm test --silent

lint: ## Format, clippy, repository rules
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings
	$(CARGO) xtask tidy
	$(CARGO) xtask specs --check

doc: ## Build the API documentation; a warning is an error
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --locked

check: lint doc test simulate ## What CI runs

fmt: ## Format the code and wrap its comments
	$(CARGO) fmt --all
	$(CARGO) xtask wrap

# The first so many, or FROM..TO.
SEEDS ?= 200

simulate: ## Run whole networks in virtual time, SEEDS of them
	$(CARGO) run --locked --bin simulate -- --seeds $(SEEDS)

bench: tools ## Measure this node beside anvil on this machine
	$(CARGO) build --release --locked --package qiantang-cli
	scripts/bench.sh
