/* yaml_node.c - looks into the trees that yaml.c builds. */
#include "sim/yaml.h"

#include <string.h>

const struct yaml_node *yaml_get(const struct yaml_node *node, const char *key)
{
	size_t length = strlen(key);

	if (!node || node->kind != YAML_MAP)
		return NULL;
	for (uint32_t i = 0; i < node->count; i++)
		if (node->pair[i].key->count == length && !memcmp(node->pair[i].key->text, key, length))
			return node->pair[i].value;
	return NULL;
}

bool yaml_is_null(const struct yaml_node *node)
{
	static const char *const words[] = {"", "~", "null", "Null", "NULL"};

	if (!node)
		return true;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (node->kind == YAML_SCALAR && !node->quoted && !strcmp(node->text, words[i]))
			return true;
	return false;
}

struct mark yaml_mark(const struct yaml_node *node)
{
	struct mark mark = {.file = node->file, .line = node->line, .column = node->column};

	if (node->kind != YAML_SCALAR)
		return mark;
	/* No line is shown that far, and a text may be very long. */
	for (uint32_t i = 0; i < node->count && i < 1000; i++)
		mark.length += ((unsigned char)node->text[i] & 0xc0) != 0x80;
	mark.length += node->quoted ? 2 : 0;
	return mark;
}

uint32_t yaml_length(const struct yaml_node *node)
{
	return node != NULL && node->kind == YAML_LIST ? node->count : 0;
}

const char *yaml_text(const struct yaml_node *node)
{
	return node != NULL && node->kind == YAML_SCALAR ? node->text : "";
}
