#include "hwgen.h"

/* Elements of a head. */
#define D 16

/* Attends to `count` keys with one query. The first page of the region holds the head record, keys and
 * values follow, and then a row of queries and one of results. */
enum hwgen_status attend(struct hwgen_device *device, const struct hwgen_memory *region,
                         const int16_t (*keys)[D], const int16_t (*values)[D], uint16_t count,
                         const int16_t *query, int16_t *out)
{
  const struct hwgen_capabilities *there = &device->there;
  struct hwgen_head head = {0};
  struct hwgen_command command = {0};
  struct hwgen_attention *job = &command.as.attention;
  struct hwgen_options options = {1u, true, false};
  struct hwgen_finished finished;
  enum hwgen_status status;
  uint64_t queries;
  uint16_t token;

  if (!hwgen_place_head(there, region->address + HWGEN_PAGE, count, 2048u, &head.place, &queries)) {
    return HWGEN_ILLEGAL;
  }
  for (token = 0u; token < count; token++) {
    if (!hwgen_write_token(there, region, region->address, &head.place, HWGEN_K, token, keys[token]) ||
        !hwgen_write_token(there, region, region->address, &head.place, HWGEN_V, token,
                           values[token])) {
      return HWGEN_ILLEGAL;
    }
  }
  hwgen_write_query(region, queries - region->address, 0u, query, D);
  head.queries.address = queries;
  head.results.address = queries + hwgen_query_bytes(there);
  /* A score difference of 1 is 2^-16 octaves: (1 << 2) * 4096 in units of 2^-30. */
  head.pre_shift = -2;
  head.mant = 4096u;
  command.op = HWGEN_ATTENTION;
  job->records = region->address;
  job->heads = &head;
  job->head_count = 1u;
  job->keys = count;
  job->queries = 1u;
  /* All planes of the keys at once, and all of the values. */
  job->k_start = there->planes[HWGEN_K].count;
  job->k_max = there->planes[HWGEN_K].count;
  job->v_count = there->planes[HWGEN_V].count;
  status = hwgen_submit(device, &command, &options, region, 1u, NULL);
  if (status != HWGEN_OK) {
    return status;
  }
  /* The region is the accelerator's now: do not write it, or free it. */
  status = hwgen_wait(device, &finished);
  if (status != HWGEN_OK) {
    return status;
  }
  if (finished.outcome != HWGEN_DONE || finished.completion.code != HWGEN_CODE_OK) {
    return HWGEN_ILLEGAL;
  }
  hwgen_read_elements(region, head.results.address - region->address, out, D);
  return HWGEN_OK;
}
