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
/// queries or, with biases, two per query. Records are read up to four ahead.
///
/// Each descriptor is answered on `done`, in order, when all that it caused has ended: `done_code_o`
/// is 0 or the lowest code that applies (doc/dispatch.md). Two descriptors of attention may be under
/// way; other operations and those with FENCE begin when nothing is. Which bytes a descriptor or a
/// record holds does not matter for that: everything ends.
///
/// The token list is watched where the core takes it (`list_*`): its entries are counted from
/// position 0 on, and the largest token says how far a job that goes through the list may reach.
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
  /// 1 if all planes of a token's value lie together, 0 if each plane lies apart.
  parameter int VByToken = 0,
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
  /// Its token.
  input  logic [TokW-1:0]      list_token_i,

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
  /// 0 queries, 1 biases, 2 token list.
  output logic [1:0]           feed_kind_o,
  /// Queries; 1 of biases and of a list.
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
  /// A head's new token is to be written as planes.
  output logic                 append_valid_o,
  /// That is taken.
  input  logic                 append_ready_i,
  /// Address of its K: DHead elements of 16 bits.
  output logic [63:0]          append_k_addr_o,
  /// Address of its V.
  output logic [63:0]          append_v_addr_o,
  /// Base of K.
  output logic [63:0]          append_k_base_o,
  /// Base of V.
  output logic [63:0]          append_v_base_o,
  /// Distance of each plane of K from the base, the top plane lowest.
  output logic [KCount*32-1:0] append_k_offset_o,
  /// Distance of each plane of V from the base, the top plane lowest.
  output logic [VCount*32-1:0] append_v_offset_o,
  /// Place of the token.
  output logic [TokW-1:0]      append_token_o,
  /// The planes of the oldest head have been written.
  input  logic                 append_done_valid_i,
  /// That is taken.
  output logic                 append_done_ready_o,
  /// Bit 1: its elements came with an error. Bit 0: a write was answered with one.
  input  logic [1:0]           append_done_code_i
);
