/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the fuzz targets share. A target is a function that gets bytes and
 * aborts if the tool does with them what it should not. libFuzzer calls it
 * with bytes that it makes up, replay.c with those of files.
 */
#ifndef MMS_FUZZ_H
#define MMS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Ends the program with a core for libFuzzer to keep the input of. */
#define FUZZ_CHECK(cond) \
	((cond) ? (void)0 : fuzz_fail(__FILE__, __LINE__, #cond))

/**
 * enum fuzz_kind - what output a command is asked for, and so has to give
 * @FUZZ_ASCII: text for a terminal without UTF-8
 * @FUZZ_UTF8: text for one with it
 * @FUZZ_COLOR: text with colours
 * @FUZZ_SVG: a picture
 * @FUZZ_JSON: objects, one after the other
 */
enum fuzz_kind {
	FUZZ_ASCII,
	FUZZ_UTF8,
	FUZZ_COLOR,
	FUZZ_SVG,
	FUZZ_JSON,
};

/**
 * struct fuzz_run - a command to run
 * @kind: what it is to print
 * @words: the command and its own options
 */
struct fuzz_run {
	enum fuzz_kind kind;
	const char *words;
};

/**
 * LLVMFuzzerInitialize() - called once, before any input
 * @argc: as main()'s
 * @argv: as main()'s
 */
int LLVMFuzzerInitialize(int *argc, char ***argv);

/**
 * LLVMFuzzerTestOneInput() - try one input
 * @data: bytes
 * @size: how many
 *
 * Return: 0.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/**
 * fuzz_fail() - say what did not hold, and abort
 * @file: source file
 * @line: line of it
 * @what: the condition
 */
void fuzz_fail(const char *file, int line, const char *what)
	__attribute__((noreturn));

/**
 * fuzz_check_text() - check what may be sent to a terminal
 * @s: text
 * @len: bytes
 * @kind: the sort of terminal
 *
 * No line is wider than a terminal, no character is other than printable and
 * one column wide, and there is no escape sequence but those of colours.
 */
void fuzz_check_text(const char *s, size_t len, enum fuzz_kind kind);

/**
 * fuzz_check_svg() - check a picture
 * @s: text
 * @len: bytes
 */
void fuzz_check_svg(const char *s, size_t len);

/**
 * fuzz_tables() - run commands on tables
 * @data: the tables, each behind a line of "@" and its name; "@+" and a name
 *	begin what a second look at that table finds
 * @size: bytes
 * @runs: the commands
 * @n: how many
 */
void fuzz_tables(const uint8_t *data, size_t size,
		 const struct fuzz_run *runs, size_t n);

/**
 * fuzz_run() - run a command and check what it prints
 * @run: which
 * @input: snapshot to read, NULL for the tables given to fuzz_tables()
 */
void fuzz_run(const struct fuzz_run *run, const char *input);

#endif
