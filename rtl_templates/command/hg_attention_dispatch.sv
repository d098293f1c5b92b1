// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Dispatch of the attention core: descriptors and head records become jobs of the core, and
/// commands of those that read and write memory for it.
///
/// A descriptor of 64 bytes is held on `desc` until all of it has been given away. Its fields are
/// checked first, then each head record (128 bytes, read over `mem_*`): reserved bytes, alignment,
/// and that every byte that will be touched lies in the window. Nothing is given for a record that
/// breaks a rule, and nothing behind it. For a legal record the table of the vector reader gets an
/// entry, the core a job, the writer of results a command, and the stream reader a command for all
/// queries or, with biases, two per query. Records are read up to four ahead, or eight with 32
/// jobs or more.
///
/// Each descriptor is answered on `done`, in order, when all that it caused has ended:
/// `done_code_o` is 0 or the lowest code that applies (doc/dispatch.md). Two descriptors of
/// attention may be under way, and one more for every eight jobs beyond 16; other operations and
/// those with FENCE begin when nothing is. Which bytes a descriptor or a record holds does not
/// matter for that: everything ends.
///
/// The token list is watched where the core takes it (`list_*`): its entries are counted from
/// position 0 on.
module hg_attention_dispatch #(
  /// Elements of a head: 8 to 128, a multiple of 8.
  parameter int DHead = 64,
  /// Most tokens of a job: 8 to 4096.
  parameter int MaxTokens = 1024,
  /// Bits of the planes of K, four bits a plane, top plane lowest, 0 behind the last: 1 to 3 planes
  /// of 2 to 8 bits.
  parameter int KPlanes = 'h444,
  /// Bits of the planes of V, likewise.
  parameter int VPlanes = 'h444,
  /// How V lies: 0 plane by plane, 1 all planes of a token together, 2 plane by plane with each
  /// vector filled up to a power of two of bytes.
  parameter int VLayout = 0,
  /// Channels of the vector reader: a power of two, 1 to 32.
  parameter int Channels = 1,
  /// Bits of a beat of the vector reader: a power of two, 64 to 512.
  parameter int VectorW = 512,
  /// Entries of the table of heads: a power of two, 4 to 256.
  parameter int Heads = 64,
  /// Jobs in flight in the core: a power of two, 4 to 64.
  parameter int Jobs = 8,
  /// Bits of a beat of the port that reads records: a power of two, 64 to 512.
  parameter int DataW = 64,
  /// Most heads of cascade pruning, 1 to 256; 0 if the design has none.
  parameter int MaxHeads = 0,
  /// 1 if the design can append tokens, otherwise 0.
  parameter int Append = 0,
  /// Derived: bits of a count of keys.
  localparam int TokW = hg_pkg::cnt_width(MaxTokens),
  /// Derived: bits of the number of a head's entry.
  localparam int HeadW = hg_pkg::idx_width(Heads),
  /// Derived: planes of K.
  localparam int KCount = hg_vector_pkg::count(KPlanes),
  /// Derived: planes of V.
  localparam int VCount = hg_vector_pkg::count(VPlanes)
) (
  /// Clock, rising edge.
  input  logic                 clk_i,
  /// Asynchronous reset, active low. It may come at any time if everything around is reset with it.
  input  logic                 rst_ni,

  // Descriptors and their answers.
  /// A descriptor is offered.
  input  logic                 desc_valid_i,
  /// The descriptor is taken; until then its fields are read.
  output logic                 desc_ready_o,
  /// Its 64 bytes, byte 0 lowest.
  input  logic [511:0]         desc_data_i,
  /// Not 0: it is answered with this code, and nothing else is done.
  input  logic [7:0]           desc_code_i,
  /// A descriptor is answered.
  output logic                 done_valid_o,
  /// The answer is taken.
  input  logic                 done_ready_i,
  /// How it ended: 0 or a code.
  output logic [7:0]           done_code_o,
  /// The address that goes with the code; 0 if that is a matter of the descriptor's own fields.
  output logic [63:0]          done_addr_o,
  /// Rows of results, or surviving tokens.
  output logic [31:0]          done_count_o,

  // Control; steady while anything is under way.
  /// First byte that may be touched.
  input  logic [63:0]          window_base_i,
  /// The byte behind the last that may be touched.
  input  logic [63:0]          window_end_i,
  /// AxPROT of bursts.
  input  logic [2:0]           axprot_i,
  /// AxCACHE of bursts.
  input  logic [3:0]           axcache_i,

  // Head records in memory.
  /// A burst is asked for: the 128 bytes of a record.
  output logic                 mem_arvalid_o,
  /// The memory takes it.
  input  logic                 mem_arready_i,
  /// Address of its first beat.
  output logic [63:0]          mem_araddr_o,
  /// Always 0.
  output logic [0:0]           mem_arid_o,
  /// Beats less one.
  output logic [7:0]           mem_arlen_o,
  /// A whole beat.
  output logic [2:0]           mem_arsize_o,
  /// Addresses go up.
  output logic [1:0]           mem_arburst_o,
  /// What `axprot_i` was.
  output logic [2:0]           mem_arprot_o,
  /// What `axcache_i` was.
  output logic [3:0]           mem_arcache_o,
  /// A beat comes.
  input  logic                 mem_rvalid_i,
  /// Always set.
  output logic                 mem_rready_o,
  /// Not read: beats come in the order they were asked for.
  input  logic [0:0]           mem_rid_i,
  /// Its data.
  input  logic [DataW-1:0]     mem_rdata_i,
  /// Whether that went well.
  input  logic [1:0]           mem_rresp_i,
  /// The last beat of a burst.
  input  logic                 mem_rlast_i,

  // The table of heads of the vector reader.
  /// An entry is written.
  output logic                 table_valid_o,
  /// Number of the entry.
  output logic [HeadW-1:0]     table_index_o,
  /// Base of K.
  output logic [63:0]          table_k_base_o,
  /// Base of V.
  output logic [63:0]          table_v_base_o,
  /// Distance of each plane of K from the base, the top plane lowest.
  output logic [KCount*32-1:0] table_k_offset_o,
  /// Distance of each plane of V from the base, the top plane lowest.
  output logic [VCount*32-1:0] table_v_offset_o,

  // Jobs of the core.
  /// A job is offered.
  output logic                 job_valid_o,
  /// The job is taken.
  input  logic                 job_ready_i,
  /// Number of its entry in the table.
  output logic [7:0]           job_head_o,
  /// Keys of the head.
  output logic [TokW-1:0]      job_keys_o,
  /// Query i sees only keys 0 to first + i.
  output logic                 job_causal_o,
  /// Position of query 0.
  output logic [TokW-1:0]      job_first_o,
  /// Planes of K that are fetched up front.
  output logic [1:0]           job_k_start_o,
  /// Most planes of K that a key gets.
  output logic [1:0]           job_k_max_o,
  /// Planes of V that are fetched.
  output logic [1:0]           job_v_count_o,
  /// Refinement: 0 static, 1 head, 2 token.
  output logic [1:0]           job_rule_o,
  /// Rule head: refine while the sum of exponentials exceeds this.
  output logic [35:0]          job_head_limit_o,
  /// Rule token: minus log2 of the probability limit, 2^-14 units.
  output logic [19:0]          job_eps_log2_o,
  /// Right shift of score differences, -16 to 31.
  output logic [5:0]           job_pre_shift_o,
  /// Multiplier of shifted differences.
  output logic [15:0]          job_mant_o,
  /// Values: 0 all, 1 the k best, 2 by mass.
  output logic [1:0]           job_select_o,
  /// Values kept if select is 1.
  output logic [TokW-1:0]      job_k_o,
  /// Mass kept if select is 2.
  output logic [16:0]          job_mass_o,
  /// Selected probabilities sum to one.
  output logic                 job_renorm_o,
  /// Each query comes with biases.
  output logic                 job_bias_o,
  /// Positions go through the token list.
  output logic                 job_list_o,
  /// The core took an entry of its token list.
  input  logic                 list_taken_i,
  /// Its position.
  input  logic [TokW-1:0]      list_position_i,

  // Commands of the stream reader, and what the words are.
  /// A command is offered.
  output logic                 read_valid_o,
  /// The command is taken.
  input  logic                 read_ready_i,
  /// Address of the first row.
  output logic [63:0]          read_addr_o,
  /// Bytes of a row.
  output logic [20:0]          read_bytes_o,
  /// Rows.
  output logic [16:0]          read_rows_o,
  /// Bytes from a row to the next, signed.
  output logic [31:0]          read_stride_o,
  /// What the words of the command are: one per command, in the same order.
  output logic                 feed_valid_o,
  /// It is taken.
  input  logic                 feed_ready_i,
  /// 0 queries, 1 biases, 2 token list, 3 elements of K or V to append.
  output logic [1:0]           feed_kind_o,
  /// Queries; 1 of anything else.
  output logic [16:0]          feed_rows_o,
  /// Biases of the query, or entries of the list.
  output logic [TokW-1:0]      feed_keys_o,
  /// The last of these queries ends its job.
  output logic                 feed_last_o,
  /// A command of the stream reader has ended.
  input  logic                 read_done_valid_i,
  /// That is taken.
  output logic                 read_done_ready_o,
  /// How it ended, as hg_stream_reader says.
  input  logic [2:0]           read_done_code_i,
  /// The address of the reader's first error.
  input  logic [63:0]          read_error_addr_i,
  /// The reader's error is forgotten.
  output logic                 read_error_clear_o,

  // Commands of the writer of results.
  /// Results of a job are expected: one per job, in the order of jobs.
  output logic                 result_valid_o,
  /// The command is taken.
  input  logic                 result_ready_i,
  /// Address of the first row.
  output logic [63:0]          result_addr_o,
  /// Bytes from a row to the next, signed.
  output logic [31:0]          result_stride_o,
  /// Rows: the queries of the job.
  output logic [12:0]          result_queries_o,
  /// Number of the record, which is that of the head.
  output logic [7:0]           result_index_o,
  /// All results of the oldest job have been written.
  input  logic                 result_done_valid_i,
  /// That is taken.
  output logic                 result_done_ready_o,
  /// The error of a job that the core refused.
  input  logic [2:0]           result_done_error_i,
  /// How the writer ended, as hg_stream_writer says.
  input  logic [2:0]           result_done_code_i,
  /// The address of the writer's first error.
  input  logic [63:0]          write_error_addr_i,
  /// The writer's error is forgotten.
  output logic                 write_error_clear_o,

  // The vector reader's error.
  /// A response to the vector reader was not OKAY.
  input  logic                 vector_error_i,
  /// The address of the beat.
  input  logic [63:0]          vector_error_addr_i,
  /// The error is forgotten.
  output logic                 vector_error_clear_o,

  // Cascade pruning, if MaxHeads is not 0; otherwise nothing is offered and inputs are not read.
  /// A command of hg_cascade is offered.
  output logic                 cascade_cmd_valid_o,
  /// The command is taken.
  input  logic                 cascade_cmd_ready_i,
  /// 0 start a sequence, 1 next layer, 2 next token.
  output logic [1:0]           cascade_cmd_op_o,
  /// Tokens of the new sequence.
  output logic [TokW-1:0]      cascade_cmd_tokens_o,
  /// Heads of the new sequence, at most MaxHeads.
  output logic [8:0]           cascade_cmd_heads_o,
  /// Tokens kept.
  output logic [TokW-1:0]      cascade_cmd_keep_tokens_o,
  /// Heads kept, at most MaxHeads.
  output logic [8:0]           cascade_cmd_keep_heads_o,
  /// Last tokens that stay in any case.
  output logic [TokW-1:0]      cascade_cmd_window_o,
  /// Where surviving tokens are written, 8 bytes each, 0 for nowhere; steady until `save_done`.
  output logic [63:0]          save_tokens_addr_o,
  /// Where surviving heads are written, likewise.
  output logic [63:0]          save_heads_addr_o,
  /// hg_cascade has answered, behind its lists.
  input  logic                 cascade_ans_valid_i,
  /// The answer is taken.
  output logic                 cascade_ans_ready_o,
  /// 0, or why the command was refused.
  input  logic [2:0]           cascade_ans_error_i,
  /// Surviving tokens.
  input  logic [TokW-1:0]      cascade_ans_tokens_i,
  /// Both lists of a command that was not refused have been written, or need not be.
  input  logic                 save_done_valid_i,
  /// That is taken.
  output logic                 save_done_ready_o,
  /// How the writer ended.
  input  logic [2:0]           save_done_code_i,
  /// A surviving head was taken where it leaves hg_cascade, in ascending order.
  input  logic                 head_taken_i,
  /// Its number.
  input  logic [7:0]           head_index_i,
  /// It is the last one.
  input  logic                 head_last_i,

  // Appending of a token, if Append is 1; otherwise nothing is offered and inputs are not read.
  /// A head's new token is to be written as planes; its elements are read by `read_*`.
  output logic                 append_valid_o,
  /// That is taken.
  input  logic                 append_ready_i,
  /// Base of K.
  output logic [63:0]          append_k_base_o,
  /// Base of V.
  output logic [63:0]          append_v_base_o,
  /// Distance of each plane of K from the base, the top plane lowest.
  output logic [KCount*32-1:0] append_k_offset_o,
  /// Distance of each plane of V from the base, the top plane lowest.
  output logic [VCount*32-1:0] append_v_offset_o,
  /// Place of the token.
  output logic [15:0]          append_token_o,
  /// The planes of the oldest head have been written.
  input  logic                 append_done_valid_i,
  /// That is taken.
  output logic                 append_done_ready_o,
  /// How the writer ended.
  input  logic [2:0]           append_done_code_i
);

  if (DataW < 64 || DataW > 512 || 2 ** $clog2(DataW) != DataW) begin : gen_illegal_width
    ERROR_hg_attention_dispatch_DataW_must_be_64_128_256_or_512 u_illegal ();
  end
  if (Heads < 4 || Heads > 256 || 2 ** $clog2(Heads) != Heads || Jobs < 4 || Jobs > 64
      || 2 ** $clog2(Jobs) != Jobs) begin : gen_illegal_jobs
    ERROR_hg_attention_dispatch_Heads_and_Jobs_must_be_powers_of_two u_illegal ();
  end
  if (Channels < 1 || Channels > 32 || 2 ** $clog2(Channels) != Channels) begin : gen_illegal_many
    ERROR_hg_attention_dispatch_Channels_must_be_a_power_of_two_from_1_to_32 u_illegal ();
  end
  if (MaxHeads < 0 || MaxHeads > 256) begin : gen_illegal_heads
    ERROR_hg_attention_dispatch_MaxHeads_must_be_0_to_256 u_illegal ();
  end

  localparam int Gran  = hg_vector_pkg::granule(DHead, KPlanes, VPlanes, VectorW);
  localparam int Limit = (Jobs + 2 < Heads) ? Jobs + 2 : Heads;
  // Descriptors under way: as many as fill the core with eight jobs each.
  localparam int Depth = (Jobs >= 32) ? Jobs / 8 : 2;

  // The descriptor's verdict.
  logic                 begin_desc, judge_over, biased;
  logic [7:0]           early, late;
  logic [1:0]           odd, wanted;
  logic [2:0]           refused;
  logic [8:0]           heads;
  logic [TokW-1:0]      keys, entries;
  logic [11:0]          rows;
  logic [3:0]           bits;
  logic [KCount*24-1:0] k_size;
  logic [VCount*24-1:0] v_size;
  logic                 append;
  logic [8:0]           left_heads;
  logic [7:0]           index, left_number;

  assign append = desc_data_i[7:0] == 8'd4 && Append != 0;

  hg_dispatch_judge #(
    .DHead     (DHead),
    .MaxTokens (MaxTokens),
    .KPlanes   (KPlanes),
    .VPlanes   (VPlanes),
    .VLayout   (VLayout),
    .Channels  (Channels),
    .MaxHeads  (MaxHeads),
    .Append    (Append)
  ) u_judge (
    .clk_i,
    .rst_ni,
    .start_i      (begin_desc),
    .desc_i       (desc_data_i),
    .entries_i    (entries),
    .left_heads_i (left_heads),
    .over_o       (judge_over),
    .early_o      (early),
    .late_o       (late),
    .odd_o        (odd),
    .wanted_o     (wanted),
    .refused_o    (refused),
    .heads_o      (heads),
    .keys_o       (keys),
    .biased_o     (biased),
    .rows_o       (rows),
    .bits_o       (bits),
    .k_size_o     (k_size),
    .v_size_o     (v_size)
  );

  // Lists on chip.
  logic       watch, forget, list_loaded;

  hg_dispatch_lists #(
    .TokW    (TokW),
    .Cascade ((MaxHeads != 0) ? 1 : 0)
  ) u_lists (
    .clk_i,
    .rst_ni,
    .list_taken_i,
    .list_position_i,
    .watch_i      (watch),
    .forget_i     (forget),
    .count_i      (desc_data_i[192 +: TokW]),
    .entries_o    (entries),
    .loaded_o     (list_loaded),
    .head_taken_i,
    .head_index_i,
    .head_last_i,
    .heads_o      (left_heads),
    .index_i      (index),
    .number_o     (left_number)
  );

  // Records, read ahead.
  logic        fetch_go, fetch_idle, locate, located, rec_valid, rec_ready, rec_outside;
  logic        room_free, word_valid, word_ready, word_bad;
  logic [63:0] located_addr, word_data;
  logic [7:0]  rec_number, number;

  hg_dispatch_fetch #(
    .DataW   (DataW),
    .Records ((Jobs >= 32) ? 8 : 4)
  ) u_fetch (
    .clk_i,
    .rst_ni,
    .go_i            (fetch_go),
    .base_i          (desc_data_i[191:128]),
    .count_i         (heads),
    .index_o         (index),
    .number_i        ((desc_data_i[20] && !append) ? left_number : index),
    .locate_i        (locate),
    .locate_number_i (number),
    .located_o       (located),
    .addr_o          (located_addr),
    .window_base_i,
    .window_end_i,
    .axprot_i,
    .axcache_i,
    .rec_valid_o     (rec_valid),
    .rec_ready_i     (rec_ready),
    .rec_number_o    (rec_number),
    .rec_outside_o   (rec_outside),
    .word_valid_o    (word_valid),
    .word_ready_i    (word_ready),
    .word_data_o     (word_data),
    .word_bad_o      (word_bad),
    .free_i          (room_free),
    .idle_o          (fetch_idle),
    .mem_arvalid_o,
    .mem_arready_i,
    .mem_araddr_o,
    .mem_arlen_o,
    .mem_arsize_o,
    .mem_arprot_o,
    .mem_arcache_o,
    .mem_rvalid_i,
    .mem_rready_o,
    .mem_rdata_i,
    .mem_rresp_i
  );

  assign mem_arid_o    = '0;
  assign mem_arburst_o = 2'b01;

  // The record that is judged.
  logic        record_begin, record_word, record_over, record_failed, reserved, shift;
  logic [4:0]  loaded;
  logic [3:0]  failed_word;
  logic [8:0]  record_odd;
  logic [63:0] k_base, v_base, query, bias, result;
  logic [95:0] k_offset, v_offset;
  logic [31:0] query_stride, bias_stride, result_stride;
  logic [5:0]  pre_shift;
  logic [15:0] mant;
  logic [35:0] head_limit;

  hg_dispatch_record #(
    .KCount (KCount),
    .VCount (VCount),
    .Gran   (Gran)
  ) u_record (
    .clk_i,
    .rst_ni,
    .begin_i         (record_begin),
    .word_i          (record_word),
    .data_i          (word_data),
    .bad_i           (word_bad),
    .append_i        (append),
    .bias_i          (desc_data_i[18]),
    .loaded_o        (loaded),
    .over_o          (record_over),
    .k_base_o        (k_base),
    .v_base_o        (v_base),
    .k_offset_o      (k_offset),
    .v_offset_o      (v_offset),
    .query_o         (query),
    .query_stride_o  (query_stride),
    .bias_o          (bias),
    .bias_stride_o   (bias_stride),
    .result_o        (result),
    .result_stride_o (result_stride),
    .pre_shift_o     (pre_shift),
    .mant_o          (mant),
    .head_limit_o    (head_limit),
    .failed_o        (record_failed),
    .failed_word_o   (failed_word),
    .reserved_o      (reserved),
    .shift_o         (shift),
    .odd_o           (record_odd)
  );

  // Its ranges.
  logic        k_go, v_go, k_done, v_done, k_bad, v_bad;
  logic        rows_valid, rows_ready, rows_done, rows_bad;
  logic [5:0]  rows_tag, rows_done_tag;
  logic [63:0] rows_addr;
  logic [31:0] rows_stride;
  logic [23:0] rows_bytes;
  logic [11:0] rows_rows;
  logic [3:0]  rows_bits;

  hg_dispatch_planes #(.Planes(KCount)) u_k_planes (
    .clk_i,
    .rst_ni,
    .go_i     (k_go),
    .base_i   (k_base),
    .offset_i (k_offset[KCount*32-1:0]),
    .size_i   (k_size),
    .used_i   (append ? 2'd3 : desc_data_i[265:264]),
    .window_base_i,
    .window_end_i,
    .done_o   (k_done),
    .bad_o    (k_bad)
  );

  hg_dispatch_planes #(.Planes(VCount)) u_v_planes (
    .clk_i,
    .rst_ni,
    .go_i     (v_go),
    .base_i   (v_base),
    .offset_i (v_offset[VCount*32-1:0]),
    .size_i   (v_size),
    .used_i   (append ? 2'd3 : desc_data_i[273:272]),
    .window_base_i,
    .window_end_i,
    .done_o   (v_done),
    .bad_o    (v_bad)
  );

  hg_dispatch_rows u_rows (
    .clk_i,
    .rst_ni,
    .req_valid_i  (rows_valid),
    .req_ready_o  (rows_ready),
    .req_tag_i    (rows_tag),
    .req_addr_i   (rows_addr),
    .req_stride_i (rows_stride),
    .req_bytes_i  (rows_bytes),
    .req_rows_i   (rows_rows),
    .req_bits_i   (rows_bits),
    .window_base_i,
    .window_end_i,
    .done_o       (rows_done),
    .done_tag_o   (rows_done_tag),
    .bad_o        (rows_bad)
  );

  logic        close, given, room, empty, still, failed, job_room, read_room, read;
  logic [7:0]  close_code;
  logic [63:0] close_addr;
  logic [20:0] close_count, count;
  logic        issue, hand, issue_idle, append_valid, result_valid, result_taken;
  logic        saving, save_valid, append_done;
  logic [2:0]  result_code;

  hg_dispatch_control #(
    .DHead     (DHead),
    .MaxTokens (MaxTokens),
    .MaxHeads  (MaxHeads),
    .Append    (Append),
    .DataW     (DataW)
  ) u_control (
    .clk_i,
    .rst_ni,
    .desc_valid_i,
    .desc_ready_o,
    .desc_i          (desc_data_i),
    .desc_code_i,
    .begin_o         (begin_desc),
    .close_o         (close),
    .close_code_o    (close_code),
    .close_addr_o    (close_addr),
    .close_count_o   (close_count),
    .given_o         (given),
    .room_i          (room),
    .empty_i         (empty),
    .still_i         (still),
    .failed_i        (failed),
    .job_room_i      (job_room),
    .judge_over_i    (judge_over),
    .early_i         (early),
    .late_i          (late),
    .odd_i           (odd),
    .wanted_i        (wanted),
    .refused_i       (refused),
    .heads_i         (heads),
    .keys_i          (keys),
    .rows_i          (rows),
    .bits_i          (bits),
    .fetch_go_o      (fetch_go),
    .fetch_idle_i    (fetch_idle),
    .locate_o        (locate),
    .located_i       (located),
    .located_addr_i  (located_addr),
    .rec_valid_i     (rec_valid),
    .rec_ready_o     (rec_ready),
    .rec_outside_i   (rec_outside),
    .rec_number_i    (rec_number),
    .number_o        (number),
    .free_o          (room_free),
    .word_valid_i    (word_valid),
    .word_ready_o    (word_ready),
    .record_begin_o  (record_begin),
    .record_word_o   (record_word),
    .loaded_i        (loaded),
    .record_over_i   (record_over),
    .record_failed_i (record_failed),
    .failed_word_i   (failed_word),
    .reserved_i      (reserved),
    .shift_i         (shift),
    .record_odd_i    (record_odd),
    .k_base_i        (k_base),
    .v_base_i        (v_base),
    .query_i         (query),
    .query_stride_i  (query_stride),
    .bias_i          (bias),
    .bias_stride_i   (bias_stride),
    .result_i        (result),
    .result_stride_i (result_stride),
    .k_go_o          (k_go),
    .v_go_o          (v_go),
    .k_done_i        (k_done),
    .v_done_i        (v_done),
    .k_bad_i         (k_bad),
    .v_bad_i         (v_bad),
    .rows_valid_o    (rows_valid),
    .rows_ready_i    (rows_ready),
    .rows_tag_o      (rows_tag),
    .rows_addr_o     (rows_addr),
    .rows_stride_o   (rows_stride),
    .rows_bytes_o    (rows_bytes),
    .rows_rows_o     (rows_rows),
    .rows_bits_o     (rows_bits),
    .rows_done_i     (rows_done),
    .rows_done_tag_i (rows_done_tag),
    .rows_bad_i      (rows_bad),
    .issue_o         (issue),
    .hand_o          (hand),
    .issue_idle_i    (issue_idle),
    .watch_o         (watch),
    .forget_o        (forget),
    .list_loaded_i   (list_loaded),
    .append_valid_o  (append_valid),
    .append_ready_i  (append_ready_i),
    .command_valid_o (cascade_cmd_valid_o),
    .command_ready_i (cascade_cmd_ready_i),
    .answer_valid_i  (cascade_ans_valid_i),
    .answer_ready_o  (cascade_ans_ready_o),
    .answer_error_i  (cascade_ans_error_i),
    .answer_tokens_i (cascade_ans_tokens_i),
    .saving_o        (saving)
  );

  // Entries of the table are used in turn.
  logic [HeadW-1:0] slot_q, job_slot;
  logic [1:0]       kind;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) slot_q <= '0;
    else if (table_valid_o) slot_q <= slot_q + HeadW'(1);
  end

  assign table_valid_o    = hand && !append;
  assign table_index_o    = slot_q;
  assign table_k_base_o   = k_base;
  assign table_v_base_o   = v_base;
  assign table_k_offset_o = k_offset[KCount*32-1:0];
  assign table_v_offset_o = v_offset[VCount*32-1:0];
  assign kind             = append ? 2'd2 : (desc_data_i[7:0] == 8'd2) ? 2'd3 : {1'b0, biased};

  hg_dispatch_issue #(
    .DHead (DHead),
    .TokW  (TokW),
    .HeadW (HeadW)
  ) u_issue (
    .clk_i,
    .rst_ni,
    .start_i          (issue),
    .kind_i           (kind),
    .idle_o           (issue_idle),
    .query_i          (kind == 2'd3 ? desc_data_i[191:128] : query),
    .query_stride_i   (query_stride),
    .bias_i           (bias),
    .bias_stride_i    (bias_stride),
    .result_i         (result),
    .result_stride_i  (result_stride),
    .pre_shift_i      (pre_shift),
    .mant_i           (mant),
    .head_limit_i     (head_limit),
    .number_i         (number),
    .slot_i           (slot_q),
    .queries_i        (desc_data_i[252:240]),
    .keys_i           (keys),
    .entries_i        (desc_data_i[192 +: TokW]),
    .room_i           (read_room),
    .read_o           (read),
    .job_valid_o,
    .job_ready_i,
    .job_slot_o       (job_slot),
    .job_pre_shift_o,
    .job_mant_o,
    .job_head_limit_o,
    .result_valid_o,
    .result_ready_i,
    .result_addr_o,
    .result_stride_o,
    .result_index_o,
    .read_valid_o,
    .read_ready_i,
    .read_addr_o,
    .read_bytes_o,
    .read_rows_o,
    .read_stride_o,
    .feed_valid_o,
    .feed_ready_i,
    .feed_kind_o,
    .feed_rows_o,
    .feed_keys_o,
    .feed_last_o
  );

  // What the jobs of a descriptor have in common.
  assign job_head_o       = 8'(job_slot);
  assign job_keys_o       = keys;
  assign job_causal_o     = desc_data_i[16];
  assign job_renorm_o     = desc_data_i[17];
  assign job_bias_o       = desc_data_i[18];
  assign job_list_o       = desc_data_i[19];
  assign job_first_o      = desc_data_i[224 +: TokW];
  assign job_k_start_o    = desc_data_i[257:256];
  assign job_k_max_o      = desc_data_i[265:264];
  assign job_v_count_o    = desc_data_i[273:272];
  assign job_rule_o       = desc_data_i[281:280];
  assign job_select_o     = desc_data_i[289:288];
  assign job_k_o          = desc_data_i[304 +: TokW];
  assign job_mass_o       = desc_data_i[336:320];
  assign job_eps_log2_o   = desc_data_i[371:352];
  assign result_queries_o = desc_data_i[252:240];

  // A head that is appended ends as a job does, and so do lists that are written, but without a
  // word of the core.
  assign save_valid          = save_done_valid_i && saving;
  assign append_done         = append_done_valid_i && Append != 0;
  assign result_valid        = result_done_valid_i || append_done || save_valid;
  assign result_done_ready_o = result_taken;
  assign append_done_ready_o = result_taken && !result_done_valid_i;
  assign save_done_ready_o   = result_taken && saving && !result_done_valid_i && !append_done;

  always_comb begin
    result_code = result_done_code_i;
    if (!result_done_valid_i) result_code = append_done ? append_done_code_i : save_done_code_i;
  end

  hg_dispatch_ledger #(
    .Depth (Depth),
    .Limit (Limit),
    .Reads (64)
  ) u_ledger (
    .clk_i,
    .rst_ni,
    .begin_i        (begin_desc),
    .job_i          (given),
    .read_i         (read),
    .close_i        (close),
    .close_code_i   (close_code),
    .close_addr_i   (close_addr),
    .close_count_i  (close_count),
    .room_o         (room),
    .empty_o        (empty),
    .still_o        (still),
    .job_room_o     (job_room),
    .read_room_o    (read_room),
    .read_valid_i   (read_done_valid_i),
    .read_ready_o   (read_done_ready_o),
    .read_code_i    (read_done_code_i),
    .read_addr_i    (read_error_addr_i),
    .read_clear_o   (read_error_clear_o),
    .result_valid_i (result_valid),
    .result_ready_o (result_taken),
    .result_error_i (result_done_valid_i ? result_done_error_i : 3'd0),
    .result_code_i  (result_code),
    .result_addr_i  (write_error_addr_i),
    .result_clear_o (write_error_clear_o),
    .vector_error_i,
    .vector_addr_i  (vector_error_addr_i),
    .vector_clear_o (vector_error_clear_o),
    .failed_o       (failed),
    .done_valid_o,
    .done_ready_i,
    .done_code_o,
    .done_addr_o,
    .done_count_o   (count)
  );

  assign done_count_o = 32'(count);

  // Cascade pruning and appending take their numbers from the descriptor and the record.
  assign append_valid_o    = append_valid;
  assign append_k_base_o   = k_base;
  assign append_v_base_o   = v_base;
  assign append_k_offset_o = k_offset[KCount*32-1:0];
  assign append_v_offset_o = v_offset[VCount*32-1:0];
  assign append_token_o    = desc_data_i[223:208];

  hg_dispatch_cascade #(
    .MaxTokens (MaxTokens),
    .MaxHeads  (MaxHeads)
  ) u_cascade (
    .desc_i         (desc_data_i),
    .op_o           (cascade_cmd_op_o),
    .tokens_o       (cascade_cmd_tokens_o),
    .heads_o        (cascade_cmd_heads_o),
    .keep_tokens_o  (cascade_cmd_keep_tokens_o),
    .keep_heads_o   (cascade_cmd_keep_heads_o),
    .window_o       (cascade_cmd_window_o),
    .tokens_addr_o  (save_tokens_addr_o),
    .heads_addr_o   (save_heads_addr_o)
  );

  logic unused_mem;
  assign unused_mem = &{mem_rid_i, mem_rlast_i, k_offset, v_offset};

endmodule

`default_nettype wire
