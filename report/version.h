/* version.h - the program's own version, as printed in every report. */
#ifndef REPORT_VERSION_H
#define REPORT_VERSION_H

#define NODEFALL_VERSION "0.1.0"

#endif
