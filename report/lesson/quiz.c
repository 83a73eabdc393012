/* quiz.c - seeds and codes from SHA-256, in Crockford's base 32 (no I, L, O, U). */
#include "report/lesson/quiz.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sim/sha256.h"

#define SUM_CHARACTERS 10
#define SEED_MAX 999999999

static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

bool quiz_name(const char *name, char out[QUIZ_NAME_MAX])
{
	size_t length = 0;

	for (; *name != '\0'; name++) {
		const bool blank = isspace((unsigned char)*name);
		if (blank && (length == 0 || out[length - 1] == ' '))
			continue;
		if (length + 1 >= QUIZ_NAME_MAX)
			return false;
		out[length++] = blank ? ' ' : (char)tolower((unsigned char)*name);
	}
	if (length > 0 && out[length - 1] == ' ')
		length--;
	out[length] = '\0';
	return length > 0;
}

/* The first 60 bits of the SHA-256 of text. */
static uint64_t hash(const char *text)
{
	char sum[SHA256_TEXT_MAX];
	uint64_t bits = 0;

	sha256_text(text, strlen(text), sum);
	for (const char *p = sum + strlen("sha256:"); p < sum + strlen("sha256:") + 15; p++)
		bits = bits << 4 | (uint64_t)(*p <= '9' ? *p - '0' : *p - 'a' + 10);
	return bits;
}

uint64_t quiz_seed(const char *name, const char *lesson)
{
	char text[2 * QUIZ_NAME_MAX + 32];

	snprintf(text, sizeof(text), "nodefall quiz seed\n%s\n%.*s", name, QUIZ_NAME_MAX, lesson);
	return 1 + hash(text) % SEED_MAX;
}

uint64_t quiz_digest(uint64_t a, uint64_t b)
{
	char text[64];

	snprintf(text, sizeof(text), "%016" PRIx64 "%016" PRIx64, a, b);
	return hash(text);
}

static uint64_t check_sum(const struct quiz *q)
{
	char text[2 * QUIZ_NAME_MAX + 128];

	snprintf(text, sizeof(text), "nodefall quiz code\n%s\n%.*s\n%016" PRIx64 "\n%" PRIu32 "\n%" PRIx64, q->name,
		 QUIZ_NAME_MAX, q->lesson, q->digest, q->questions, q->right);
	return hash(text);
}

static char *put(char *at, uint64_t bits, uint32_t characters)
{
	for (uint32_t i = characters; i-- > 0;)
		*at++ = digits[bits >> (5 * i) & 31];
	return at;
}

const char *quiz_code(const struct quiz *q, char code[QUIZ_CODE_MAX])
{
	const uint64_t sum = check_sum(q);
	char *at = code;

	at += sprintf(at, "NF-");
	at = put(at, q->right, (q->questions + 4) / 5);
	*at++ = '-';
	at = put(at, sum >> 25, SUM_CHARACTERS / 2);
	*at++ = '-';
	at = put(at, sum, SUM_CHARACTERS / 2);
	*at = '\0';
	return code;
}

/* The code in capitals without its dashes, look-alikes resolved; false when it is none. */
static bool plain(const char *code, char out[QUIZ_CODE_MAX])
{
	size_t length = 0;

	for (; *code != '\0'; code++) {
		char c = (char)toupper((unsigned char)*code);
		if (c == '-' || isspace((unsigned char)c))
			continue;
		c = c == 'O' ? '0' : c == 'I' || c == 'L' ? '1' : c;
		if (length + 1 >= QUIZ_CODE_MAX || strchr(digits, c) == NULL)
			return false;
		out[length++] = c;
	}
	out[length] = '\0';
	return true;
}

bool quiz_check(struct quiz *q, const char *code)
{
	const uint32_t characters = (q->questions + 4) / 5;
	char given[QUIZ_CODE_MAX] = "", want[QUIZ_CODE_MAX], is[QUIZ_CODE_MAX] = "";

	if (!plain(code, given) || strlen(given) != 2 + characters + SUM_CHARACTERS)
		return false;
	q->right = 0;
	for (uint32_t i = 0; i < characters; i++)
		q->right = q->right << 5 | (uint64_t)(strchr(digits, given[2 + i]) - digits);
	if (q->right >> q->questions != 0)
		return false;
	return plain(quiz_code(q, want), is) && strcmp(is, given) == 0;
}

uint32_t quiz_score(const struct quiz *q)
{
	uint32_t score = 0;

	for (uint64_t bits = q->right; bits != 0; bits &= bits - 1)
		score++;
	return score;
}
