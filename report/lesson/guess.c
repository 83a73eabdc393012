/* guess.c - values as students write and read them. */
#include "report/lesson/guess.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "report/story.h"

#define WORD_MAX 64
#define NOUN_MAX 32
#define ROUNDING 1e-9

static const struct {
	const char *name;
	double seconds;
} time_units[] = {{"s", 1}, {"min", 60}, {"h", 3600}};

/* Seconds of a unit of time, or 0. */
static double unit_seconds(const char *unit)
{
	for (size_t i = 0; i < sizeof(time_units) / sizeof(time_units[0]); i++)
		if (strcmp(time_units[i].name, unit) == 0)
			return time_units[i].seconds;
	return 0;
}

bool guess_unit_fits(enum answer_kind kind, const char *unit)
{
	switch (kind) {
	case ANSWER_TIME:
		return unit_seconds(unit) > 0;
	case ANSWER_SHARE:
		return strcmp(unit, "%") == 0;
	case ANSWER_NUMBER:
		return strcmp(unit, "%") != 0 && unit_seconds(unit) == 0;
	case ANSWER_YES_NO:
		return unit[0] == '\0';
	}
	return false;
}

/* text without blanks around it and in it ("1 m 30 s"), in small letters; false when it is too long. */
static bool tidy(const char *text, char word[WORD_MAX])
{
	size_t length = 0;

	for (; *text != '\0'; text++) {
		if (isspace((unsigned char)*text))
			continue;
		if (length + 1 >= WORD_MAX)
			return false;
		word[length++] = (char)tolower((unsigned char)*text);
	}
	word[length] = '\0';
	return length > 0;
}

/* A number that is not negative, followed by `end` or nothing. */
static bool read_number(const char *word, const char *end, double *value)
{
	char *rest;
	const double x = strtod(word, &rest);

	if (!(isdigit((unsigned char)word[0]) || word[0] == '.') || !isfinite(x) || strpbrk(word, "xX") != NULL)
		return false;
	if (*rest != '\0' && strcmp(rest, end) != 0)
		return false;
	*value = x;
	return true;
}

static bool read_time(const char *word, const char *unit, double *value)
{
	sim_time time;

	if (strcmp(word, "never") == 0) {
		*value = (double)INFINITY;
		return true;
	}
	if (time_parse(word, &time) && strcmp(word, "0") != 0) {
		*value = time_seconds(time);
		return true;
	}
	for (size_t i = 0; i < sizeof(time_units) / sizeof(time_units[0]); i++) {
		if (!read_number(word, time_units[i].name, value))
			continue;
		*value *= word[strlen(word) - 1] >= 'a' ? time_units[i].seconds : unit_seconds(unit);
		return true;
	}
	return false;
}

static bool read_yes_no(const char *word, double *value)
{
	*value = strcmp(word, "yes") == 0 || strcmp(word, "y") == 0;
	return *value > 0 || strcmp(word, "no") == 0 || strcmp(word, "n") == 0;
}

const char *guess_read(enum answer_kind kind, const char *unit, const char *text, double *value)
{
	char word[WORD_MAX], noun[WORD_MAX];
	const bool fits = tidy(text, word);

	switch (kind) {
	case ANSWER_TIME:
		return fits && read_time(word, unit, value) ? NULL : "a time such as 45s or 1m30s, or never";
	case ANSWER_SHARE:
		if (!fits || !read_number(word, "%", value) || *value > 100)
			return "a percentage from 0 to 100";
		*value /= 100;
		return NULL;
	case ANSWER_NUMBER:
		if (!tidy(unit, noun))
			noun[0] = '\0';
		return fits && read_number(word, noun, value) ? NULL : "a number such as 3";
	case ANSWER_YES_NO:
		return fits && read_yes_no(word, value) ? NULL : "yes or no";
	}
	return "something else";
}

bool guess_is_right(const struct question *q, double guess, double answer)
{
	const double room = (q->relative ? q->tolerance * fabs(answer) : q->tolerance) + ROUNDING;

	if (isinf(guess) || isinf(answer))
		return isinf(guess) && isinf(answer);
	if (isnan(answer))
		return false;
	if (fabs(guess - answer) <= room)
		return true;
	return q->has_bounds && guess >= q->low - ROUNDING && guess <= q->high + ROUNDING;
}

/* Nouns stand in the plural: 1 pod, 2 pods. */
static int noun_length(const struct question *q, double value)
{
	const size_t length = strlen(q->unit);
	const bool plural = length > 1 && q->unit[length - 1] == 's';

	return (int)(length > NOUN_MAX ? NOUN_MAX : value >= 1 && value <= 1 && plural ? length - 1 : length);
}

const char *guess_print(const struct question *q, double value, char buffer[GUESS_TEXT_MAX])
{
	char time[TIME_TEXT_MAX];

	if (isnan(value))
		return strcpy(buffer, "no value in this run");
	switch (answer_kind(q->answer)) {
	case ANSWER_TIME:
		if (isinf(value))
			strcpy(buffer, "never");
		else
			snprintf(buffer, GUESS_TEXT_MAX, "%s%s", value < 0 ? "-" : "",
				 story_time(time_from_seconds(fabs(value)), time));
		break;
	case ANSWER_SHARE:
		snprintf(buffer, GUESS_TEXT_MAX, "%.4g%%", 100 * value);
		break;
	case ANSWER_NUMBER:
		snprintf(buffer, GUESS_TEXT_MAX, "%.6g%s%.*s", value, q->unit[0] != '\0' ? " " : "",
			 noun_length(q, value), q->unit);
		break;
	case ANSWER_YES_NO:
		strcpy(buffer, value > 0 ? "yes" : "no");
		break;
	}
	return buffer;
}
