/* recording_parts.h - what the writer and the reader of recordings share. Private to recording*.c. */
#ifndef REPORT_RECORDING_PARTS_H
#define REPORT_RECORDING_PARTS_H

#include <stdint.h>

#include "report/recording.h"

/* The last byte is the version of the layout. The bytes in front tell damage by text transfer, as PNG's do. */
#define RECORDING_MAGIC "\x89nodefall-recording\r\n\x01"
#define RECORDING_MAGIC_LENGTH (sizeof(RECORDING_MAGIC) - 1)
#define RECORDING_HEAD 16
/* Facts in a piece. */
#define RECORDING_FACTS 4096
/* deflate packs at most 1032:1 (zlib's technical notes); a piece that claims more is damaged. */
#define RECORDING_RATIO 1032

/* A number for the table of facts: recordings of another table cannot be read. */
uint64_t recording_schema(void);

#endif
