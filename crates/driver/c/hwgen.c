/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Driver of accelerators that hwgen emits with an AXI port; hwgen.h says what the functions do. */

#include "hwgen.h"

/* Major version of the register map that this driver knows, and the least minor version. */
#define MAJOR 1u
#define MINOR 1u

#define MAX_HEADS 256u
#define MAX_QUERIES 4096u

/* Where records lie in the ring's region: behind the descriptors, one per line of the cache. */
#define RECORD_STRIDE 64u

/* ---- What there is ---- */

static bool power_of_two(uint32_t value)
{
  return value != 0u && (value & (value - 1u)) == 0u;
}

bool hwgen_planes_of(uint32_t value, struct hwgen_planes *planes)
{
  uint32_t sum = 0u;
  uint8_t count = 0u;
  int i;
  for (i = 0; i < HWGEN_MOST_PLANES; i++) {
    planes->widths[i] = 0u;
  }
  while (count < HWGEN_MOST_PLANES && (value & 15u) != 0u) {
    planes->widths[count] = (uint8_t)(value & 15u);
    sum += value & 15u;
    value >>= 4;
    count++;
  }
  planes->count = count;
  return count != 0u && value == 0u && sum <= 12u;
}

enum legal { ANY, SOME, CHANNELS, BEAT, ELEMENTS, TOKENS, LAYOUT };

static bool is_legal(enum legal legal, uint32_t value)
{
  switch (legal) {
  case SOME:
    return value != 0u;
  case CHANNELS:
    return power_of_two(value) && value <= 32u;
  case BEAT:
    return power_of_two(value) && value >= 64u && value <= 512u;
  case ELEMENTS:
    return value != 0u && value % 8u == 0u && value <= 4096u;
  case TOKENS:
    return value != 0u && value < 65536u;
  case LAYOUT:
    return value <= 2u;
  case ANY:
  default:
    return true;
  }
}

/* Reads a register of the capabilities, unless another one was wrong before. */
static uint32_t number(const struct hwgen_mmio *mmio, uint32_t offset, const char *name,
                       enum legal legal, struct hwgen_illegal *illegal)
{
  uint32_t value = mmio->read32(mmio->context, offset);
  if (!is_legal(legal, value) && illegal->field == NULL) {
    illegal->field = name;
    illegal->value = value;
  }
  return value;
}

static void planes_at(const struct hwgen_mmio *mmio, uint32_t offset, const char *name,
                      struct hwgen_planes *planes, struct hwgen_illegal *illegal)
{
  uint32_t value = number(mmio, offset, name, SOME, illegal);
  if (!hwgen_planes_of(value, planes) && illegal->field == NULL) {
    illegal->field = name;
    illegal->value = value;
  }
}

static void nothing_illegal(struct hwgen_illegal *illegal)
{
  illegal->field = NULL;
  illegal->head = -1;
  illegal->value = 0u;
  illegal->rule = HWGEN_RULE_NONE;
  illegal->code = HWGEN_CODE_NONE;
  illegal->low = 0u;
  illegal->high = 0u;
}

enum hwgen_status hwgen_probe(const struct hwgen_mmio *mmio, struct hwgen_capabilities *there,
                              struct hwgen_illegal *illegal)
{
  uint32_t features;
  uint32_t version;
  uint32_t magic = mmio->read32(mmio->context, HWGEN_REGS_MAGIC);
  nothing_illegal(illegal);
  if (magic != HWGEN_REGS_MAGIC_VALUE) {
    illegal->field = "MAGIC";
    illegal->value = magic;
    return HWGEN_NOT_THERE;
  }
  version = mmio->read32(mmio->context, HWGEN_REGS_VERSION);
  if (version >> 16 != MAJOR || (version & 0xffffu) < MINOR) {
    illegal->field = "VERSION";
    illegal->value = version;
    return HWGEN_VERSION;
  }
  features = number(mmio, HWGEN_REGS_FEATURES, "FEATURES", ANY, illegal);
  there->d_head = number(mmio, HWGEN_REGS_D_HEAD, "D_HEAD", ELEMENTS, illegal);
  there->multipliers = number(mmio, HWGEN_REGS_MULTIPLIERS, "MULTIPLIERS", SOME, illegal);
  there->row_tokens = number(mmio, HWGEN_REGS_ROW_TOKENS, "ROW_TOKENS", SOME, illegal);
  there->max_tokens = number(mmio, HWGEN_REGS_MAX_TOKENS, "MAX_TOKENS", TOKENS, illegal);
  planes_at(mmio, HWGEN_REGS_K_PLANES, "K_PLANES", &there->planes[HWGEN_K], illegal);
  planes_at(mmio, HWGEN_REGS_V_PLANES, "V_PLANES", &there->planes[HWGEN_V], illegal);
  there->jobs = number(mmio, HWGEN_REGS_JOBS, "JOBS", SOME, illegal);
  there->channels = number(mmio, HWGEN_REGS_CHANNELS, "CHANNELS", CHANNELS, illegal);
  there->data_w = number(mmio, HWGEN_REGS_DATA_W, "DATA_W", BEAT, illegal);
  there->io_w = number(mmio, HWGEN_REGS_IO_W, "IO_W", BEAT, illegal);
  there->heads = number(mmio, HWGEN_REGS_HEADS, "HEADS", SOME, illegal);
  there->v_layout = (enum hwgen_layout)number(mmio, HWGEN_REGS_V_LAYOUT, "V_LAYOUT", LAYOUT, illegal);
  there->attention = (features & HWGEN_REGS_FEATURES_ATTENTION_MASK) != 0u;
  there->cascade = (features & HWGEN_REGS_FEATURES_CASCADE_MASK) != 0u;
  there->append = (features & HWGEN_REGS_FEATURES_APPEND_MASK) != 0u;
  there->figs = (features & HWGEN_REGS_FEATURES_FIGS_MASK) != 0u;
  return illegal->field == NULL ? HWGEN_OK : HWGEN_CAPABILITY;
}

/* ---- Where keys and values lie ---- */

static uint32_t bits_from(const struct hwgen_planes *planes, uint32_t plane)
{
  uint32_t bits = 0u;
  for (; plane < planes->count; plane++) {
    bits += planes->widths[plane];
  }
  return bits;
}

uint32_t hwgen_vector_bytes(const struct hwgen_capabilities *there, enum hwgen_kind kind,
                            uint32_t plane)
{
  return there->d_head / 8u * there->planes[kind].widths[plane];
}

uint32_t hwgen_stride(const struct hwgen_capabilities *there, enum hwgen_kind kind, uint32_t plane)
{
  uint32_t bytes = hwgen_vector_bytes(there, kind, plane);
  uint32_t filled = 1u;
  if (kind != HWGEN_V || there->v_layout == HWGEN_BY_PLANE) {
    return bytes;
  }
  if (there->v_layout == HWGEN_TOGETHER) {
    return there->d_head / 8u * bits_from(&there->planes[HWGEN_V], 0u);
  }
  while (filled < bytes) {
    filled *= 2u;
  }
  return filled;
}

uint32_t hwgen_granule(const struct hwgen_capabilities *there)
{
  /* A beat is a power of two. */
  uint32_t all = there->data_w / 8u;
  uint32_t plane;
  for (plane = 0u; plane < there->planes[HWGEN_K].count; plane++) {
    all |= hwgen_vector_bytes(there, HWGEN_K, plane);
  }
  for (plane = 0u; plane < there->planes[HWGEN_V].count; plane++) {
    all |= hwgen_vector_bytes(there, HWGEN_V, plane);
  }
  return all & (~all + 1u);
}

static uint64_t round_up(uint64_t value, uint64_t of)
{
  return (value + (of - 1u)) / of * of;
}

/* Places in each channel. */
static uint64_t places_of(const struct hwgen_capabilities *there, uint64_t tokens)
{
  return (tokens + (there->channels - 1u)) / there->channels;
}

bool hwgen_place_head(const struct hwgen_capabilities *there, uint64_t base, uint32_t tokens,
                      uint32_t skew, struct hwgen_place *place, uint64_t *end)
{
  uint64_t places = places_of(there, tokens);
  uint64_t beat = there->data_w / 8u;
  uint64_t behind = base;
  int i;
  if (base % HWGEN_PAGE != 0u) {
    return false;
  }
  for (i = 0; i < 2; i++) {
    enum hwgen_kind kind = i == 0 ? HWGEN_K : HWGEN_V;
    bool together = kind == HWGEN_V && there->v_layout == HWGEN_TOGETHER;
    uint64_t at = kind == HWGEN_V ? round_up(skew, beat) : 0u;
    uint32_t plane;
    if (behind > UINT64_MAX - (HWGEN_PAGE - 1u)) {
      return false;
    }
    place->base[i] = round_up(behind, HWGEN_PAGE);
    for (plane = 0u; plane < HWGEN_MOST_PLANES; plane++) {
      uint64_t bytes;
      place->offset[i][plane] = 0u;
      if (plane >= there->planes[i].count) {
        continue;
      }
      if (at > UINT32_MAX) {
        return false;
      }
      place->offset[i][plane] = (uint32_t)at;
      bytes = hwgen_vector_bytes(there, kind, plane);
      if (!together) {
        /* Whole beats, and a gap behind a multiple of 1 KiB: planes do not lie a power of two apart. */
        bytes = round_up(places * hwgen_stride(there, kind, plane), beat);
        bytes += bytes % 1024u == 0u ? beat : 0u;
      }
      at += bytes;
    }
    if (together && places > 1u) {
      at += (places - 1u) * hwgen_stride(there, kind, 0u);
    }
    if (at > UINT32_MAX || at > UINT64_MAX - place->base[i]) {
      return false;
    }
    behind = place->base[i] + at;
  }
  if (behind > UINT64_MAX - (HWGEN_PAGE - 1u)) {
    return false;
  }
  *end = round_up(behind, HWGEN_PAGE);
  return true;
}

uint64_t hwgen_address(const struct hwgen_capabilities *there, const struct hwgen_place *place,
                       enum hwgen_kind kind, uint32_t plane, uint32_t token)
{
  uint64_t away = (uint64_t)(token / there->channels) * hwgen_stride(there, kind, plane);
  return place->base[kind] + place->offset[kind][plane] + away;
}

/* The digit of an element, without sign. */
static uint32_t digit_of(const struct hwgen_planes *planes, uint32_t plane, int16_t element)
{
  int32_t top = (int32_t)1 << (bits_from(planes, 0u) - 1u);
  int32_t value = element;
  uint32_t bits;
  if (value > top - 1) {
    value = top - 1;
  } else if (value < -top) {
    value = -top;
  }
  /* In two's complement, of which the bits that are taken are the same with any number of bits. */
  bits = (uint32_t)value & 0xfffu;
  return (bits >> bits_from(planes, plane + 1u)) & ((1u << planes->widths[plane]) - 1u);
}

void hwgen_pack(const struct hwgen_planes *planes, uint32_t plane, const int16_t *elements,
                uint32_t count, uint8_t *bytes)
{
  uint32_t held = 0u;
  uint32_t bits = 0u;
  uint32_t i;
  for (i = 0u; i < count; i++) {
    held |= digit_of(planes, plane, elements[i]) << bits;
    bits += planes->widths[plane];
    while (bits >= 8u) {
      *bytes++ = (uint8_t)(held & 0xffu);
      held >>= 8;
      bits -= 8u;
    }
  }
}

bool hwgen_write_token(const struct hwgen_capabilities *there, const struct hwgen_memory *region,
                       uint64_t begin, const struct hwgen_place *place, enum hwgen_kind kind,
                       uint32_t token, const int16_t *elements)
{
  const struct hwgen_planes *planes = &there->planes[kind];
  uint32_t plane;
  for (plane = 0u; plane < planes->count; plane++) {
    uint64_t address = hwgen_address(there, place, kind, plane, token);
    uint64_t bytes = hwgen_vector_bytes(there, kind, plane);
    uint64_t offset = address - begin;
    if (address < begin || offset > region->bytes || bytes > region->bytes - offset) {
      return false;
    }
  }
  for (plane = 0u; plane < planes->count; plane++) {
    uint64_t at = hwgen_address(there, place, kind, plane, token) - begin;
    uint32_t from;
    for (from = 0u; from < there->d_head; from += 8u) {
      uint8_t bytes[12];
      /* Eight elements are as many bytes as the plane has bits. */
      hwgen_pack(planes, plane, elements + from, 8u, bytes);
      region->write(region->context, at, bytes, planes->widths[plane]);
      at += planes->widths[plane];
    }
  }
  return true;
}

/* ---- Bytes ---- */

static void clear(uint8_t *out, size_t bytes)
{
  size_t i;
  for (i = 0u; i < bytes; i++) {
    out[i] = 0u;
  }
}

static void put(uint8_t *out, uint32_t at, uint32_t bytes, uint64_t value)
{
  uint32_t i;
  for (i = 0u; i < bytes; i++) {
    out[at + i] = (uint8_t)((value >> (8u * i)) & 0xffu);
  }
}

static uint32_t get(const uint8_t *bytes, uint32_t at, uint32_t count)
{
  uint32_t value = 0u;
  while (count > 0u) {
    count--;
    value = value << 8 | bytes[at + count];
  }
  return value;
}

static void encode_attention(const struct hwgen_attention *job, uint8_t *out)
{
  bool all = job->key_kind == HWGEN_KEYS_ALL;
  bool on_chip = job->key_kind == HWGEN_KEYS_ON_CHIP;
  uint32_t flags = (job->causal ? 1u : 0u) | (job->renorm ? 2u : 0u) | (job->bias ? 4u : 0u) |
                   (all ? 0u : 8u) | (job->heads_on_chip ? 16u : 0u) | (on_chip ? 32u : 0u);
  put(out, 2u, 2u, flags);
  put(out, 16u, 8u, job->records);
  put(out, 24u, 2u, job->heads_on_chip ? 0u : job->head_count);
  put(out, 26u, 2u, on_chip ? 0u : job->keys);
  put(out, 28u, 2u, job->causal ? job->first : 0u);
  put(out, 30u, 2u, job->queries);
  out[32] = job->k_start;
  out[33] = job->k_max;
  out[34] = job->v_count;
  out[35] = job->refine;
  out[36] = job->select;
  put(out, 38u, 2u, job->select == HWGEN_SELECT_BEST ? job->k : 0u);
  put(out, 40u, 4u, job->select == HWGEN_SELECT_MASS ? job->mass : 0u);
  put(out, 44u, 4u, job->refine == HWGEN_BY_TOKEN ? job->eps_log2 : 0u);
}

void hwgen_encode_descriptor(const struct hwgen_command *command, const struct hwgen_options *options,
                             uint64_t completion, uint8_t *out)
{
  clear(out, HWGEN_DESCRIPTOR_BYTES);
  out[0] = command->op;
  out[1] = (uint8_t)((options->interrupt ? 1u : 0u) | (options->fence ? 2u : 0u));
  put(out, 4u, 4u, options->tag);
  put(out, 8u, 8u, completion);
  if (command->op == HWGEN_ATTENTION) {
    encode_attention(&command->as.attention, out);
  } else if (command->op == HWGEN_LIST) {
    put(out, 16u, 8u, command->as.list.address);
    put(out, 24u, 2u, command->as.list.count);
  } else if (command->op == HWGEN_CASCADE) {
    const struct hwgen_cascade *cascade = &command->as.cascade;
    bool start = cascade->stage == HWGEN_START;
    put(out, 2u, 2u, cascade->stage);
    put(out, 16u, 2u, start ? cascade->tokens : 0u);
    put(out, 18u, 2u, start ? cascade->heads : 0u);
    put(out, 20u, 2u, cascade->keep_tokens);
    put(out, 22u, 2u, cascade->keep_heads);
    put(out, 24u, 2u, cascade->window);
    put(out, 32u, 8u, cascade->tokens_to);
    put(out, 40u, 8u, cascade->heads_to);
  } else {
    put(out, 16u, 8u, command->as.append.records);
    put(out, 24u, 2u, command->as.append.head_count);
    put(out, 26u, 2u, command->as.append.token);
  }
}

static void encode_place(const struct hwgen_place *place, uint8_t *out)
{
  uint32_t plane;
  clear(out, HWGEN_RECORD_BYTES);
  put(out, 0u, 8u, place->base[HWGEN_K]);
  put(out, 8u, 8u, place->base[HWGEN_V]);
  for (plane = 0u; plane < HWGEN_MOST_PLANES; plane++) {
    put(out, 16u + 4u * plane, 4u, place->offset[HWGEN_K][plane]);
    put(out, 28u + 4u * plane, 4u, place->offset[HWGEN_V][plane]);
  }
}

void hwgen_encode_head(const struct hwgen_head *head, bool bias, uint8_t *out)
{
  encode_place(&head->place, out);
  put(out, 40u, 8u, head->queries.address);
  put(out, 48u, 4u, (uint32_t)head->queries.stride);
  if (bias) {
    put(out, 52u, 4u, (uint32_t)head->biases.stride);
    put(out, 56u, 8u, head->biases.address);
  }
  put(out, 64u, 8u, head->results.address);
  put(out, 72u, 4u, (uint32_t)head->results.stride);
  out[77] = (uint8_t)head->pre_shift;
  put(out, 78u, 2u, head->mant);
  put(out, 80u, 8u, head->head_limit);
}

void hwgen_encode_appended(const struct hwgen_appended *head, uint8_t *out)
{
  encode_place(&head->place, out);
  put(out, 88u, 8u, head->k);
  put(out, 96u, 8u, head->v);
}

void hwgen_decode_completion(const uint8_t *bytes, struct hwgen_completion *completion)
{
  completion->tag = get(bytes, 0u, 4u);
  completion->code = bytes[4];
  completion->op = bytes[5];
  completion->index = (uint16_t)get(bytes, 6u, 2u);
  completion->count = get(bytes, 8u, 4u);
  completion->cycles = get(bytes, 12u, 4u);
}

/* ---- Rows ---- */

uint32_t hwgen_query_bytes(const struct hwgen_capabilities *there)
{
  return 8u + 2u * there->d_head;
}

uint32_t hwgen_result_bytes(const struct hwgen_capabilities *there)
{
  return 2u * there->d_head + HWGEN_STATISTICS_BYTES;
}

void hwgen_write_elements(const struct hwgen_memory *region, uint64_t offset, const int16_t *elements,
                          uint32_t count)
{
  while (count > 0u) {
    uint8_t bytes[64];
    uint32_t some = count < 32u ? count : 32u;
    uint32_t i;
    for (i = 0u; i < some; i++) {
      put(bytes, 2u * i, 2u, (uint16_t)elements[i]);
    }
    region->write(region->context, offset, bytes, 2u * some);
    offset += 2u * some;
    elements += some;
    count -= some;
  }
}

void hwgen_read_elements(const struct hwgen_memory *region, uint64_t offset, int16_t *elements,
                         uint32_t count)
{
  while (count > 0u) {
    uint8_t bytes[64];
    uint32_t some = count < 32u ? count : 32u;
    uint32_t i;
    region->read(region->context, offset, bytes, 2u * some);
    for (i = 0u; i < some; i++) {
      int32_t value = (int32_t)get(bytes, 2u * i, 2u);
      elements[i] = (int16_t)(value < 32768 ? value : value - 65536);
    }
    offset += 2u * some;
    elements += some;
    count -= some;
  }
}

void hwgen_write_query(const struct hwgen_memory *region, uint64_t offset, uint32_t bound,
                       const int16_t *elements, uint32_t count)
{
  uint8_t bytes[8];
  put(bytes, 0u, 8u, bound);
  region->write(region->context, offset, bytes, sizeof bytes);
  hwgen_write_elements(region, offset + 8u, elements, count);
}

void hwgen_read_statistics(const struct hwgen_memory *region, uint64_t offset, uint32_t d_head,
                           struct hwgen_statistics *statistics)
{
  uint8_t bytes[HWGEN_STATISTICS_BYTES];
  region->read(region->context, offset + 2u * (uint64_t)d_head, bytes, sizeof bytes);
  statistics->error = (uint8_t)(bytes[0] == 0u ? HWGEN_CODE_OK : HWGEN_CODE_CORE + bytes[0]);
  statistics->rounds = bytes[1];
  statistics->selected = (uint16_t)get(bytes, 2u, 2u);
  statistics->k_fetched = (uint16_t)get(bytes, 4u, 2u);
  statistics->refined = (uint16_t)get(bytes, 6u, 2u);
  statistics->v_fetched = (uint16_t)get(bytes, 8u, 2u);
  statistics->cycles = get(bytes, 12u, 4u);
}

/* ---- What a command must be ---- */

/* What was found so far of a descriptor or of a head: the first by precedence. */
struct judge {
  const struct hwgen_device *device;
  const struct hwgen_memory *regions;
  size_t region_count;
  int32_t head;
  struct hwgen_illegal *found;
};

/* The place of a code in the order of precedence; what the hardware does not see is last. */
static uint32_t precedence(uint8_t code)
{
  static const uint8_t order[] = {HWGEN_CODE_UNKNOWN_OP, HWGEN_CODE_RESERVED, HWGEN_CODE_ALIGNMENT,
                                  HWGEN_CODE_WINDOW,     HWGEN_CODE_HEADS,    HWGEN_CODE_KEYS,
                                  HWGEN_CODE_QUERIES,    HWGEN_CODE_LIST,     HWGEN_CODE_SHIFT};
  uint32_t i;
  for (i = 0u; i < sizeof order; i++) {
    if (order[i] == code) {
      return i;
    }
  }
  return code == HWGEN_CODE_NONE ? 256u : code;
}

static void say(struct judge *judge, bool wrong, const char *field, uint64_t value, uint8_t rule,
                uint64_t low, uint64_t high, uint8_t code)
{
  struct hwgen_illegal *found = judge->found;
  if (wrong && (found->field == NULL || precedence(code) < precedence(found->code))) {
    found->field = field;
    found->head = judge->head;
    found->value = value;
    found->rule = rule;
    found->code = code;
    found->low = low;
    found->high = high;
  }
}

static bool clean_so_far(const struct judge *judge)
{
  return judge->found->field == NULL;
}

static void multiple(struct judge *judge, const char *field, uint64_t value, uint64_t of)
{
  say(judge, value % of != 0u, field, value, HWGEN_RULE_MULTIPLE, of, 0u, HWGEN_CODE_ALIGNMENT);
}

static void range(struct judge *judge, const char *field, uint64_t value, uint64_t low, uint64_t high,
                  uint8_t code)
{
  say(judge, value < low || value > high, field, value, HWGEN_RULE_RANGE, low, high, code);
}

/* Bits of a field that is narrower than its place. */
static void bits(struct judge *judge, const char *field, uint64_t value, uint32_t width)
{
  uint64_t limit = (uint64_t)1 << width;
  say(judge, value >= limit, field, value, HWGEN_RULE_BELOW, 0u, limit, HWGEN_CODE_RESERVED);
}

/* Whether `bytes` bytes from `first` on lie in the window. */
static void window(struct judge *judge, const char *field, uint64_t value, bool there, uint64_t first,
                   uint64_t bytes, uint8_t code)
{
  const struct hwgen_config *config = &judge->device->config;
  bool inside = there && bytes <= UINT64_MAX - first && first >= config->window_base &&
                first + bytes <= config->window_end;
  say(judge, !inside, field, value, HWGEN_RULE_WINDOW, 0u, bytes, code);
}

static void windowed(struct judge *judge, const char *field, uint64_t value, bool there,
                     uint64_t first, uint64_t bytes)
{
  window(judge, field, value, there, first, bytes, HWGEN_CODE_WINDOW);
}

static bool holds(const struct judge *judge, uint64_t first, uint64_t bytes, bool own)
{
  size_t i;
  for (i = 0u; i < judge->region_count; i++) {
    const struct hwgen_memory *region = &judge->regions[i];
    uint64_t offset = first - region->address;
    bool inside = first >= region->address && offset <= region->bytes &&
                  bytes <= region->bytes - offset;
    if (inside && !(own && region->shared)) {
      return true;
    }
  }
  return false;
}

static void owned(struct judge *judge, const char *field, uint64_t value, bool there, uint64_t first,
                  uint64_t bytes)
{
  bool wrong = bytes != 0u && !(there && holds(judge, first, bytes, false));
  say(judge, wrong, field, value, HWGEN_RULE_OWNED, 0u, bytes, HWGEN_CODE_NONE);
}

static void span(struct judge *judge, const char *field, uint64_t first, uint64_t bytes)
{
  windowed(judge, field, first, true, first, bytes);
  owned(judge, field, first, true, first, bytes);
}

/* Rows: `count` of `bytes` bytes, addresses and strides multiples of `of`. */
static void rows(struct judge *judge, const char *address, const char *stride,
                 const struct hwgen_rows *rows, uint64_t count, uint64_t bytes, uint64_t of)
{
  bool down = rows->stride < 0;
  uint64_t step = down ? (uint64_t)(-(int64_t)rows->stride) : (uint64_t)rows->stride;
  uint64_t away = count > 1u ? step * (count - 1u) : 0u;
  bool there = !down || away <= rows->address;
  uint64_t low = down ? rows->address - away : rows->address;
  multiple(judge, address, rows->address, of);
  say(judge, step % of != 0u, stride, (uint64_t)(int64_t)rows->stride, HWGEN_RULE_MULTIPLE, of, 0u,
      HWGEN_CODE_ALIGNMENT);
  windowed(judge, address, rows->address, there, low, away + bytes);
  if (bytes != 0u && count != 0u) {
    owned(judge, address, rows->address, there, low, away + bytes);
  }
}

/* A range of every channel, by its local address. Channels that have address spaces of their own are
 * alike. */
static void channels(struct judge *judge, const char *field, uint64_t value, bool there,
                     uint64_t first, uint64_t bytes)
{
  uint64_t stride = judge->device->config.channel_stride;
  uint32_t count = stride == 0u ? 1u : judge->device->there.channels;
  uint32_t i;
  for (i = 0u; i < count; i++) {
    bool fits = there && (i == 0u || stride <= (UINT64_MAX - first) / i);
    owned(judge, field, value, fits, first + stride * i, bytes);
  }
}

/* Where planes lie: `used` planes of K and of V, of `seen` tokens; `most` are those that the
 * accelerator thinks of. */
static void place(struct judge *judge, const struct hwgen_place *place, const uint8_t *used,
                  uint64_t seen, uint64_t most)
{
  static const char *const bases[] = {"k_base", "v_base"};
  static const char *const offsets[] = {"k_offset", "v_offset"};
  const struct hwgen_capabilities *there = &judge->device->there;
  uint64_t granule = hwgen_granule(there);
  int i;
  for (i = 0; i < 2; i++) {
    enum hwgen_kind kind = i == 0 ? HWGEN_K : HWGEN_V;
    uint64_t base = place->base[i];
    uint64_t reach = 0u;
    uint32_t plane;
    multiple(judge, bases[i], base, HWGEN_PAGE);
    for (plane = 0u; plane < HWGEN_MOST_PLANES; plane++) {
      uint64_t offset = place->offset[i][plane];
      if (plane >= there->planes[i].count) {
        say(judge, offset != 0u, offsets[i], offset, HWGEN_RULE_ZERO, 0u, 0u, HWGEN_CODE_RESERVED);
        continue;
      }
      multiple(judge, offsets[i], offset, granule);
      if (plane < used[i]) {
        uint64_t end = offset + places_of(there, most) * hwgen_stride(there, kind, plane);
        reach = end > reach ? end : reach;
      }
    }
    windowed(judge, bases[i], base, true, base, reach);
    for (plane = 0u; plane < there->planes[i].count && plane < used[i] && seen != 0u; plane++) {
      uint64_t offset = place->offset[i][plane];
      uint64_t before = places_of(there, seen) - 1u;
      uint64_t bytes = before * hwgen_stride(there, kind, plane);
      bytes += hwgen_vector_bytes(there, kind, plane);
      channels(judge, offsets[i], offset, offset <= UINT64_MAX - base, base + offset, bytes);
    }
  }
}

static void records(struct judge *judge, uint64_t address, uint64_t heads, bool on_chip)
{
  uint64_t bytes = heads * HWGEN_RECORD_BYTES;
  multiple(judge, "records", address, HWGEN_RECORD_BYTES);
  /* With heads of the chip the accelerator does not know how many records there are. */
  window(judge, "records", address, true, address, bytes,
         on_chip ? HWGEN_CODE_NONE : HWGEN_CODE_WINDOW);
  /* They are written from here. */
  say(judge, !holds(judge, address, bytes, true), "records", address, HWGEN_RULE_OWNED, 0u, bytes,
      HWGEN_CODE_NONE);
  range(judge, "heads", heads, 1u, MAX_HEADS, on_chip ? HWGEN_CODE_NONE : HWGEN_CODE_HEADS);
}

static void check_head(struct judge *judge, const struct hwgen_attention *job,
                       const struct hwgen_head *head)
{
  const struct hwgen_capabilities *there = &judge->device->there;
  bool all = job->key_kind == HWGEN_KEYS_ALL;
  uint64_t seen = all ? job->keys : job->tokens;
  uint8_t used[2];
  used[0] = job->k_max;
  used[1] = job->v_count;
  /* Entries of a list may be any, as far as the accelerator knows. */
  place(judge, &head->place, used, seen, all ? seen : there->max_tokens);
  rows(judge, "queries.address", "queries.stride", &head->queries, job->queries,
       hwgen_query_bytes(there), 8u);
  if (job->bias) {
    uint64_t keys = job->key_kind == HWGEN_KEYS_ON_CHIP ? job->tokens : job->keys;
    rows(judge, "biases.address", "biases.stride", &head->biases, job->queries, 4u * keys, 4u);
  }
  rows(judge, "results.address", "results.stride", &head->results, job->queries,
       hwgen_result_bytes(there), 8u);
  say(judge, head->pre_shift < -16 || head->pre_shift > 31, "pre_shift",
      (uint64_t)(int64_t)head->pre_shift, HWGEN_RULE_RANGE, (uint64_t)(int64_t)-16, 31u,
      HWGEN_CODE_SHIFT);
  bits(judge, "head_limit", head->head_limit, 36u);
}

/* What the core refuses. */
static void check_core(struct judge *judge, const struct hwgen_attention *job)
{
  const struct hwgen_planes *planes = judge->device->there.planes;
  uint8_t bad = HWGEN_CODE_CORE + 3;
  if (job->select == HWGEN_SELECT_BEST) {
    range(judge, "select", job->k, 1u, judge->device->there.max_tokens, HWGEN_CODE_CORE + 2);
  }
  range(judge, "k_start", job->k_start, 1u, planes[HWGEN_K].count, bad);
  range(judge, "k_max", job->k_max, job->k_start, planes[HWGEN_K].count, bad);
  range(judge, "v_count", job->v_count, 1u, planes[HWGEN_V].count, bad);
  range(judge, "refine", job->refine, 0u, 2u, HWGEN_CODE_CORE + 4);
  range(judge, "select", job->select, 0u, 2u, HWGEN_CODE_CORE + 4);
  if (job->select == HWGEN_SELECT_MASS) {
    range(judge, "mass", job->mass, 0u, 65536u, HWGEN_CODE_CORE + 5);
  }
}

static void check_attention(struct judge *judge, const struct hwgen_attention *job)
{
  const struct hwgen_capabilities *there = &judge->device->there;
  uint64_t most = there->max_tokens;
  uint32_t i;
  say(judge, job->heads_on_chip && !there->cascade, "chosen", 1u, HWGEN_RULE_FEATURE, 0u, 0u,
      HWGEN_CODE_RESERVED);
  bits(judge, "k_start", job->k_start, 2u);
  bits(judge, "k_max", job->k_max, 2u);
  bits(judge, "v_count", job->v_count, 2u);
  bits(judge, "refine", job->refine, 2u);
  bits(judge, "select", job->select, 2u);
  if (job->refine == HWGEN_BY_TOKEN) {
    bits(judge, "eps_log2", job->eps_log2, 20u);
  }
  if (job->select == HWGEN_SELECT_MASS) {
    bits(judge, "mass", job->mass, 17u);
  }
  range(judge, "key_kind", job->key_kind, 0u, 2u, HWGEN_CODE_NONE);
  records(judge, job->records, job->head_count, job->heads_on_chip);
  if (job->key_kind != HWGEN_KEYS_ON_CHIP) {
    range(judge, "keys", job->keys, 1u, most, HWGEN_CODE_KEYS);
  }
  range(judge, "tokens", job->key_kind == HWGEN_KEYS_ALL ? job->keys : job->tokens, 1u, most,
        HWGEN_CODE_NONE);
  range(judge, "causal", job->causal ? job->first : 0u, 0u, most, HWGEN_CODE_KEYS);
  if (job->select == HWGEN_SELECT_BEST) {
    range(judge, "select", job->k, 0u, most, HWGEN_CODE_KEYS);
  }
  range(judge, "queries", job->queries, 1u, MAX_QUERIES, HWGEN_CODE_QUERIES);
  for (i = 0u; clean_so_far(judge) && i < job->head_count; i++) {
    judge->head = (int32_t)i;
    check_head(judge, job, &job->heads[i]);
  }
  judge->head = -1;
  if (clean_so_far(judge)) {
    check_core(judge, job);
  }
}

static void check_cascade(struct judge *judge, const struct hwgen_cascade *cascade)
{
  uint64_t most = judge->device->there.max_tokens;
  uint64_t kept = cascade->keep_tokens;
  uint64_t heads = cascade->keep_heads;
  bits(judge, "stage", cascade->stage, 2u);
  range(judge, "stage", cascade->stage, 0u, 2u, HWGEN_CODE_CASCADE + 1);
  kept = cascade->window > kept ? cascade->window : kept;
  kept = kept < most ? kept : most;
  heads = heads < MAX_HEADS ? heads : MAX_HEADS;
  if (cascade->tokens_to != 0u) {
    multiple(judge, "tokens_to", cascade->tokens_to, 8u);
    span(judge, "tokens_to", cascade->tokens_to, 8u * kept);
  }
  if (cascade->heads_to != 0u) {
    multiple(judge, "heads_to", cascade->heads_to, 8u);
    span(judge, "heads_to", cascade->heads_to, 8u * heads);
  }
}

static void check_append(struct judge *judge, const struct hwgen_append *append)
{
  const struct hwgen_capabilities *there = &judge->device->there;
  uint64_t seen = (uint64_t)append->token + 1u;
  uint64_t bytes = 2u * (uint64_t)there->d_head;
  uint8_t used[2];
  uint32_t i;
  used[0] = there->planes[HWGEN_K].count;
  used[1] = there->planes[HWGEN_V].count;
  records(judge, append->records, append->head_count, false);
  range(judge, "token", append->token, 0u, there->max_tokens - 1u, HWGEN_CODE_KEYS);
  for (i = 0u; clean_so_far(judge) && i < append->head_count; i++) {
    const struct hwgen_appended *head = &append->heads[i];
    judge->head = (int32_t)i;
    place(judge, &head->place, used, seen, seen);
    multiple(judge, "k", head->k, 2u);
    span(judge, "k", head->k, bytes);
    multiple(judge, "v", head->v, 2u);
    span(judge, "v", head->v, bytes);
  }
}

enum hwgen_status hwgen_check(struct hwgen_device *device, const struct hwgen_command *command,
                              const struct hwgen_memory *regions, size_t region_count)
{
  const struct hwgen_capabilities *there = &device->there;
  struct judge judge;
  bool has = false;
  judge.device = device;
  judge.regions = regions;
  judge.region_count = region_count;
  judge.head = -1;
  judge.found = &device->illegal;
  nothing_illegal(&device->illegal);
  if (command->op == HWGEN_ATTENTION || command->op == HWGEN_LIST) {
    has = there->attention;
  } else if (command->op == HWGEN_CASCADE) {
    has = there->cascade;
  } else if (command->op == HWGEN_APPEND) {
    has = there->append;
  }
  if (!has) {
    say(&judge, true, "op", command->op, HWGEN_RULE_FEATURE, 0u, 0u, HWGEN_CODE_UNKNOWN_OP);
  } else if (command->op == HWGEN_ATTENTION) {
    check_attention(&judge, &command->as.attention);
  } else if (command->op == HWGEN_LIST) {
    const struct hwgen_list *list = &command->as.list;
    multiple(&judge, "address", list->address, 8u);
    span(&judge, "address", list->address, 2u * (uint64_t)list->count);
    range(&judge, "count", list->count, 1u, there->max_tokens, HWGEN_CODE_LIST);
  } else if (command->op == HWGEN_CASCADE) {
    check_cascade(&judge, &command->as.cascade);
  } else {
    check_append(&judge, &command->as.append);
  }
  return clean_so_far(&judge) ? HWGEN_OK : HWGEN_ILLEGAL;
}

/* ---- The device ---- */

static uint32_t read32(const struct hwgen_device *device, uint32_t offset)
{
  return device->mmio.read32(device->mmio.context, offset);
}

static void write32(const struct hwgen_device *device, uint32_t offset, uint32_t value)
{
  device->mmio.write32(device->mmio.context, offset, value);
}

static void write64(const struct hwgen_device *device, uint32_t offset, uint64_t value)
{
  write32(device, offset, (uint32_t)(value & 0xffffffffu));
  write32(device, offset + 4u, (uint32_t)(value >> 32));
}

static void relax(const struct hwgen_device *device)
{
  if (device->mmio.relax != NULL) {
    device->mmio.relax(device->mmio.context);
  }
}

static void clean(const struct hwgen_memory *region, uint64_t offset, uint64_t bytes)
{
  if (region->clean != NULL) {
    region->clean(region->context, offset, bytes);
  }
}

static void invalidate(const struct hwgen_memory *region, uint64_t offset, uint64_t bytes)
{
  if (region->invalidate != NULL) {
    region->invalidate(region->context, offset, bytes);
  }
}

/* Waits until nothing is in flight, and is told so twice: what began with the last write may show a
 * cycle later. */
static enum hwgen_status at_rest(const struct hwgen_device *device, uint32_t patience)
{
  uint32_t idle = 0u;
  for (; patience > 0u; patience--) {
    bool now = (read32(device, HWGEN_REGS_STATUS) & HWGEN_REGS_STATUS_IDLE_MASK) != 0u;
    idle = now ? idle + 1u : 0u;
    if (idle == 2u) {
      return HWGEN_OK;
    }
    relax(device);
  }
  return HWGEN_TIMEOUT;
}

/* Waits until the ring is empty and begins with entry 0. */
static enum hwgen_status emptied(const struct hwgen_device *device, uint32_t patience)
{
  for (; patience > 0u; patience--) {
    if (read32(device, HWGEN_REGS_RING_HEAD) == 0u && read32(device, HWGEN_REGS_RING_TAIL) == 0u) {
      return HWGEN_OK;
    }
    relax(device);
  }
  return HWGEN_TIMEOUT;
}

void hwgen_config_default(struct hwgen_config *config)
{
  config->window_base = 0u;
  config->window_end = UINT64_MAX;
  config->channel_stride = 0u;
  config->prot = 0u;
  config->cache = 3u;
  config->interrupts = 0u;
  config->patience = 1000000u;
}

static enum hwgen_status broken(struct hwgen_device *device, const char *field, uint64_t value,
                                uint8_t rule, uint64_t limit, uint8_t code)
{
  nothing_illegal(&device->illegal);
  device->illegal.field = field;
  device->illegal.value = value;
  device->illegal.rule = rule;
  device->illegal.code = code;
  if (rule == HWGEN_RULE_MULTIPLE) {
    device->illegal.low = limit;
  } else {
    device->illegal.high = limit;
  }
  return HWGEN_ILLEGAL;
}

/* Judges ring and configuration. */
static enum hwgen_status check_setup(struct hwgen_device *device)
{
  const struct hwgen_config *config = &device->config;
  uint64_t base = device->ring.address;
  uint64_t bytes = (uint64_t)device->entries * HWGEN_ENTRY_BYTES;
  if (device->entries < 2u || device->entries > 65535u) {
    enum hwgen_status status = broken(device, "entries", device->entries, HWGEN_RULE_RANGE, 65535u,
                                      HWGEN_CODE_NONE);
    device->illegal.low = 2u;
    return status;
  }
  if (base % 64u != 0u) {
    return broken(device, "ring", base, HWGEN_RULE_MULTIPLE, 64u, HWGEN_CODE_RING_BASE);
  }
  if (device->ring.bytes < bytes) {
    return broken(device, "ring", base, HWGEN_RULE_OWNED, bytes, HWGEN_CODE_NONE);
  }
  if (base < config->window_base || bytes > UINT64_MAX - base || base + bytes > config->window_end) {
    return broken(device, "ring", base, HWGEN_RULE_WINDOW, bytes, HWGEN_CODE_COMPLETION);
  }
  if (config->channel_stride % HWGEN_PAGE != 0u) {
    return broken(device, "channel_stride", config->channel_stride, HWGEN_RULE_MULTIPLE, HWGEN_PAGE,
                  HWGEN_CODE_NONE);
  }
  if (config->prot > 7u) {
    return broken(device, "prot", config->prot, HWGEN_RULE_BELOW, 8u, HWGEN_CODE_NONE);
  }
  if (config->cache > 15u) {
    return broken(device, "cache", config->cache, HWGEN_RULE_BELOW, 16u, HWGEN_CODE_NONE);
  }
  return HWGEN_OK;
}

enum hwgen_status hwgen_open(struct hwgen_device *device, const struct hwgen_mmio *mmio,
                             const struct hwgen_memory *ring, struct hwgen_slot *slots,
                             uint32_t entries, const struct hwgen_config *config)
{
  enum hwgen_status status;
  device->mmio = *mmio;
  device->ring = *ring;
  device->config = *config;
  device->slots = slots;
  device->entries = entries;
  device->first = 0u;
  device->count = 0u;
  device->tail = 0u;
  device->enabled = false;
  status = hwgen_probe(mmio, &device->there, &device->illegal);
  if (status == HWGEN_OK) {
    status = check_setup(device);
  }
  if (status != HWGEN_OK) {
    return status;
  }
  write32(device, HWGEN_REGS_CONTROL, 0u);
  status = at_rest(device, config->patience);
  if (status != HWGEN_OK) {
    return status;
  }
  write32(device, HWGEN_REGS_COMMAND, HWGEN_REGS_COMMAND_RESET_QUEUE_MASK);
  status = emptied(device, config->patience);
  if (status != HWGEN_OK) {
    return status;
  }
  write64(device, HWGEN_REGS_WINDOW_BASE_LO, config->window_base);
  write64(device, HWGEN_REGS_WINDOW_END_LO, config->window_end);
  write64(device, HWGEN_REGS_CHANNEL_STRIDE_LO, config->channel_stride);
  write64(device, HWGEN_REGS_RING_BASE_LO, ring->address);
  write32(device, HWGEN_REGS_RING_SIZE, entries);
  write32(device, HWGEN_REGS_AXI_ATTR,
          (uint32_t)config->prot << HWGEN_REGS_AXI_ATTR_PROT_SHIFT |
              (uint32_t)config->cache << HWGEN_REGS_AXI_ATTR_CACHE_SHIFT);
  /* Events and errors of whoever was there before. */
  write32(device, HWGEN_REGS_COMMAND, HWGEN_REGS_COMMAND_CLEAR_ERROR_MASK);
  write32(device, HWGEN_REGS_IRQ_STATUS,
          HWGEN_REGS_IRQ_STATUS_DONE_MASK | HWGEN_REGS_IRQ_STATUS_ERROR_MASK |
              HWGEN_REGS_IRQ_STATUS_RING_EMPTY_MASK);
  hwgen_set_interrupts(device, config->interrupts);
  hwgen_start(device);
  return HWGEN_OK;
}

void hwgen_close(struct hwgen_device *device)
{
  write32(device, HWGEN_REGS_IRQ_ENABLE, 0u);
  write32(device, HWGEN_REGS_CONTROL, 0u);
  device->enabled = false;
  while (at_rest(device, UINT32_MAX) != HWGEN_OK) {
  }
}

static uint64_t record_offset(const struct hwgen_device *device, uint32_t index)
{
  return (uint64_t)device->entries * HWGEN_DESCRIPTOR_BYTES + (uint64_t)index * RECORD_STRIDE;
}

/* Writes bytes to the region of the job that holds them, which has been found before. */
static void write_at(const struct hwgen_memory *regions, size_t count, uint64_t address,
                     const uint8_t *bytes, size_t size)
{
  size_t i;
  for (i = 0u; i < count; i++) {
    const struct hwgen_memory *region = &regions[i];
    uint64_t offset = address - region->address;
    if (!region->shared && address >= region->address && offset <= region->bytes &&
        size <= region->bytes - offset) {
      region->write(region->context, offset, bytes, size);
      return;
    }
  }
}

static void write_records(const struct hwgen_command *command, const struct hwgen_memory *regions,
                          size_t count)
{
  uint8_t bytes[HWGEN_RECORD_BYTES];
  uint32_t i;
  if (command->op == HWGEN_ATTENTION) {
    const struct hwgen_attention *job = &command->as.attention;
    for (i = 0u; i < job->head_count; i++) {
      hwgen_encode_head(&job->heads[i], job->bias, bytes);
      write_at(regions, count, job->records + HWGEN_RECORD_BYTES * i, bytes, sizeof bytes);
    }
  } else if (command->op == HWGEN_APPEND) {
    const struct hwgen_append *append = &command->as.append;
    for (i = 0u; i < append->head_count; i++) {
      hwgen_encode_appended(&append->heads[i], bytes);
      write_at(regions, count, append->records + HWGEN_RECORD_BYTES * i, bytes, sizeof bytes);
    }
  }
}

enum hwgen_status hwgen_submit(struct hwgen_device *device, const struct hwgen_command *command,
                               const struct hwgen_options *options, const struct hwgen_memory *regions,
                               size_t region_count, void *user)
{
  /* No operation is 0, and no count this large: each half shows by itself that it was written. */
  static const uint8_t pending[HWGEN_COMPLETION_BYTES] = {0,   0,   0,   0,   0, 0, 0, 0,
                                                          255, 255, 255, 255, 0, 0, 0, 0};
  uint8_t descriptor[HWGEN_DESCRIPTOR_BYTES];
  struct hwgen_slot *slot;
  uint32_t index = device->tail;
  uint64_t record = record_offset(device, index);
  uint64_t at = (uint64_t)index * HWGEN_DESCRIPTOR_BYTES;
  size_t i;
  enum hwgen_status status = hwgen_check(device, command, regions, region_count);
  if (status != HWGEN_OK) {
    return status;
  }
  if (!device->enabled) {
    return HWGEN_STOPPED;
  }
  /* A ring whose tail reached its head would look empty. */
  if (device->count >= device->entries - 1u) {
    return HWGEN_FULL;
  }
  write_records(command, regions, region_count);
  for (i = 0u; i < region_count; i++) {
    clean(&regions[i], 0u, regions[i].bytes);
  }
  device->ring.write(device->ring.context, record, pending, sizeof pending);
  clean(&device->ring, record, RECORD_STRIDE);
  hwgen_encode_descriptor(command, options, device->ring.address + record, descriptor);
  device->ring.write(device->ring.context, at, descriptor, sizeof descriptor);
  clean(&device->ring, at, sizeof descriptor);
  slot = &device->slots[(device->first + device->count) % device->entries];
  slot->tag = options->tag;
  slot->index = (uint16_t)index;
  slot->op = command->op;
  slot->over = false;
  slot->regions = regions;
  slot->region_count = region_count;
  slot->user = user;
  device->count++;
  device->tail = (index + 1u) % device->entries;
  write32(device, HWGEN_REGS_RING_TAIL, device->tail);
  return HWGEN_OK;
}

/* Reads the completion record of a job, if it is there. */
static enum hwgen_status read_record(const struct hwgen_device *device, const struct hwgen_slot *slot,
                                     struct hwgen_completion *completion)
{
  uint64_t offset = record_offset(device, slot->index);
  uint8_t bytes[HWGEN_COMPLETION_BYTES];
  invalidate(&device->ring, offset, RECORD_STRIDE);
  device->ring.read(device->ring.context, offset, bytes, sizeof bytes);
  if (bytes[5] == 0u || get(bytes, 8u, 4u) == UINT32_MAX) {
    return HWGEN_NOTHING;
  }
  /* What was read first may be half of it. */
  invalidate(&device->ring, offset, RECORD_STRIDE);
  device->ring.read(device->ring.context, offset, bytes, sizeof bytes);
  hwgen_decode_completion(bytes, completion);
  if (completion->tag != slot->tag || completion->op != slot->op || completion->index != slot->index) {
    return HWGEN_RECORD;
  }
  return HWGEN_OK;
}

enum hwgen_status hwgen_poll(struct hwgen_device *device, struct hwgen_finished *finished)
{
  struct hwgen_slot *slot = &device->slots[device->first];
  size_t i;
  if (device->count == 0u) {
    return HWGEN_NOTHING;
  }
  if (!slot->over) {
    enum hwgen_status status = read_record(device, slot, &slot->completion);
    if (status != HWGEN_OK) {
      return status;
    }
    slot->outcome = HWGEN_DONE;
  }
  finished->tag = slot->tag;
  finished->outcome = slot->outcome;
  finished->completion = slot->completion;
  finished->regions = slot->regions;
  finished->region_count = slot->region_count;
  finished->user = slot->user;
  device->first = (device->first + 1u) % device->entries;
  device->count--;
  for (i = 0u; i < finished->region_count; i++) {
    invalidate(&finished->regions[i], 0u, finished->regions[i].bytes);
  }
  return HWGEN_OK;
}

enum hwgen_status hwgen_wait(struct hwgen_device *device, struct hwgen_finished *finished)
{
  uint32_t patience = device->config.patience;
  for (; patience > 0u && device->count != 0u; patience--) {
    enum hwgen_status status = hwgen_poll(device, finished);
    if (status != HWGEN_NOTHING) {
      return status;
    }
    relax(device);
  }
  return HWGEN_TIMEOUT;
}

uint32_t hwgen_interrupt(struct hwgen_device *device)
{
  uint32_t status = read32(device, HWGEN_REGS_IRQ_STATUS);
  if (status != 0u) {
    write32(device, HWGEN_REGS_IRQ_STATUS, status);
  }
  return status;
}

void hwgen_set_interrupts(struct hwgen_device *device, uint32_t events)
{
  write32(device, HWGEN_REGS_IRQ_ENABLE, events);
}

bool hwgen_fault(struct hwgen_device *device, struct hwgen_fault *fault)
{
  uint64_t low;
  uint64_t high;
  if ((read32(device, HWGEN_REGS_STATUS) & HWGEN_REGS_STATUS_ERROR_MASK) == 0u) {
    return false;
  }
  fault->code = (uint8_t)(read32(device, HWGEN_REGS_ERROR_CODE) & 0xffu);
  low = read32(device, HWGEN_REGS_ERROR_ADDR_LO);
  high = read32(device, HWGEN_REGS_ERROR_ADDR_HI);
  fault->address = high << 32 | low;
  return true;
}

void hwgen_clear_fault(struct hwgen_device *device)
{
  write32(device, HWGEN_REGS_IRQ_STATUS, HWGEN_REGS_IRQ_STATUS_ERROR_MASK);
  write32(device, HWGEN_REGS_COMMAND, HWGEN_REGS_COMMAND_CLEAR_ERROR_MASK);
}

bool hwgen_counter(struct hwgen_device *device, enum hwgen_counter counter, uint32_t index,
                   uint64_t *value)
{
  uint32_t offset;
  uint64_t low;
  uint64_t high;
  switch (counter) {
  case HWGEN_CYCLES:
    offset = HWGEN_REGS_CYCLES_LO;
    break;
  case HWGEN_BUSY_QK:
    offset = HWGEN_REGS_BUSY_QK_LO;
    break;
  case HWGEN_BUSY_SCORE:
    offset = HWGEN_REGS_BUSY_SCORE_LO;
    break;
  case HWGEN_BUSY_SOFTMAX:
    offset = HWGEN_REGS_BUSY_SOFTMAX_LO;
    break;
  case HWGEN_BUSY_PV:
    offset = HWGEN_REGS_BUSY_PV_LO;
    break;
  case HWGEN_IN_BYTES:
    offset = HWGEN_REGS_IN_BYTES_LO;
    break;
  case HWGEN_OUT_BYTES:
    offset = HWGEN_REGS_OUT_BYTES_LO;
    break;
  case HWGEN_K_BYTES:
    if (index >= device->there.planes[HWGEN_K].count) {
      return false;
    }
    offset = HWGEN_REGS_K_BYTES0_LO + 8u * index;
    break;
  case HWGEN_V_BYTES:
    if (index >= device->there.planes[HWGEN_V].count) {
      return false;
    }
    offset = HWGEN_REGS_V_BYTES0_LO + 8u * index;
    break;
  case HWGEN_BLOCKED:
    if (index >= device->there.channels) {
      return false;
    }
    offset = HWGEN_REGS_CHANNEL(index) + HWGEN_REGS_BLOCKED_LO;
    break;
  default:
    return false;
  }
  /* The read of the low half keeps the high one. */
  low = read32(device, offset);
  high = read32(device, offset + 4u);
  *value = high << 32 | low;
  return true;
}

bool hwgen_flight(struct hwgen_device *device, uint32_t channel, uint32_t *now, uint32_t *most)
{
  uint32_t value;
  if (channel >= device->there.channels) {
    return false;
  }
  value = read32(device, HWGEN_REGS_CHANNEL(channel) + HWGEN_REGS_FLIGHT);
  *now = (value & HWGEN_REGS_FLIGHT_NOW_MASK) >> HWGEN_REGS_FLIGHT_NOW_SHIFT;
  *most = (value & HWGEN_REGS_FLIGHT_MOST_MASK) >> HWGEN_REGS_FLIGHT_MOST_SHIFT;
  return true;
}

void hwgen_clear_counters(struct hwgen_device *device)
{
  write32(device, HWGEN_REGS_COMMAND, HWGEN_REGS_COMMAND_CLEAR_COUNTERS_MASK);
}

void hwgen_start(struct hwgen_device *device)
{
  write32(device, HWGEN_REGS_CONTROL, HWGEN_REGS_CONTROL_ENABLE_MASK);
  device->enabled = true;
}

enum hwgen_status hwgen_stop(struct hwgen_device *device)
{
  write32(device, HWGEN_REGS_CONTROL, 0u);
  device->enabled = false;
  return at_rest(device, device->config.patience);
}

enum hwgen_status hwgen_reset(struct hwgen_device *device)
{
  uint32_t head;
  uint32_t pending;
  uint32_t i;
  enum hwgen_status status = hwgen_stop(device);
  if (status != HWGEN_OK) {
    return status;
  }
  head = read32(device, HWGEN_REGS_RING_HEAD);
  if (head >= device->entries) {
    return HWGEN_HEAD;
  }
  pending = (device->tail + device->entries - head) % device->entries;
  write32(device, HWGEN_REGS_COMMAND, HWGEN_REGS_COMMAND_RESET_QUEUE_MASK);
  status = emptied(device, device->config.patience);
  if (status != HWGEN_OK) {
    return status;
  }
  for (i = 0u; i < device->count; i++) {
    struct hwgen_slot *slot = &device->slots[(device->first + i) % device->entries];
    uint32_t before = (device->tail + device->entries - slot->index) % device->entries;
    if (slot->over) {
      continue;
    }
    status = read_record(device, slot, &slot->completion);
    slot->over = true;
    if (status == HWGEN_OK) {
      slot->outcome = HWGEN_DONE;
    } else if (status == HWGEN_NOTHING && before <= pending) {
      slot->outcome = HWGEN_CANCELLED;
    } else {
      slot->outcome = HWGEN_LOST;
    }
  }
  device->tail = 0u;
  return HWGEN_OK;
}
