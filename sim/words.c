/* words.c - the words, marks and durations of short texts. */
#include "sim/words.h"

#include <string.h>

const char *words_skip(const char *text)
{
	return text + strspn(text, " \t");
}

bool words_take(const char **text, char word[WORD_MAX])
{
	const char *start = words_skip(*text);
	const size_t length = strcspn(start, " \t\r\n(),");

	if (length == 0 || length >= WORD_MAX)
		return false;
	memcpy(word, start, length);
	word[length] = '\0';
	*text = words_skip(start + length);
	return true;
}

bool words_take_mark(const char **text, char mark)
{
	if (**text != mark)
		return false;
	*text = words_skip(*text + 1);
	return true;
}

bool words_take_time(const char **text, sim_time *out)
{
	char word[WORD_MAX];

	return words_take(text, word) && time_parse(word, out);
}
