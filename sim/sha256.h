/* sha256.h - SHA-256 (FIPS 180-4), for digests that look like those of container images. */
#ifndef SIM_SHA256_H
#define SIM_SHA256_H

#include <stddef.h>

/* "sha256:", 64 hexadecimal digits and the final zero. */
#define SHA256_TEXT_MAX 72

/* The digest of length bytes as "sha256:<64 hexadecimal digits>". Returns text. */
const char *sha256_text(const void *data, size_t length, char text[SHA256_TEXT_MAX]);

#endif
