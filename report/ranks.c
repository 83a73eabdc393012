/* ranks.c - the only file that knows MPI. */
#include "report/ranks.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#ifdef NODEFALL_MPI

#include <mpi.h>

/* Messages are cut into pieces, as MPI counts bytes in an int. */
#define PIECE (1 << 28)

void ranks_begin(int *argc, char ***argv)
{
	int provided;

	/* Threads simulate, but only the first one talks to other ranks. */
	MPI_Init_thread(argc, argv, MPI_THREAD_FUNNELED, &provided);
}

void ranks_end(void)
{
	MPI_Finalize();
}

uint32_t ranks_count(void)
{
	int n;

	MPI_Comm_size(MPI_COMM_WORLD, &n);
	return (uint32_t)n;
}

uint32_t ranks_number(void)
{
	int n;

	MPI_Comm_rank(MPI_COMM_WORLD, &n);
	return (uint32_t)n;
}

bool ranks_any(bool mine)
{
	int one = mine, any = 0;

	MPI_Allreduce(&one, &any, 1, MPI_INT, MPI_LOR, MPI_COMM_WORLD);
	return any != 0;
}

/* Each rank in turn sends to all others. */
void ranks_share(const struct text *mine, struct text *all)
{
	for (uint32_t r = 0; r < ranks_count(); r++) {
		const bool me = r == ranks_number();
		uint64_t length = me ? mine->length : 0;

		MPI_Bcast(&length, 1, MPI_UINT64_T, (int)r, MPI_COMM_WORLD);
		char *bytes = me ? mine->data : ARENA_NEW(all->arena, length + 1, char);
		for (uint64_t at = 0; at < length; at += PIECE)
			MPI_Bcast(bytes + at, (int)(length - at < PIECE ? length - at : PIECE), MPI_CHAR, (int)r,
				  MPI_COMM_WORLD);
		text_add_n(all, bytes, length);
	}
}

const char *ranks_wrong(void)
{
	return NULL;
}

#else

void ranks_begin(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
}

void ranks_end(void) {}

uint32_t ranks_count(void)
{
	return 1;
}

uint32_t ranks_number(void)
{
	return 0;
}

bool ranks_any(bool mine)
{
	return mine;
}

void ranks_share(const struct text *mine, struct text *all)
{
	text_add_n(all, mine->data, mine->length);
}

const char *ranks_wrong(void)
{
	/* Open MPI, and MPICH and its kin. */
	static const char *const sizes[] = {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		const char *size = getenv(sizes[i]);
		if (size != NULL && strcmp(size, "1") != 0)
			return "started by mpirun, but built without MPI: make MPI=1";
	}
	return NULL;
}

#endif
