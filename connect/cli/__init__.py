"""Run the subcommands of `hookwatch`: each module takes its options and talks to the terminal."""
