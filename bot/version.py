"""The version of the product: shown on the command line, in the log, by `/healthz` and on the Home tab."""

VERSION = "0.1.0"
