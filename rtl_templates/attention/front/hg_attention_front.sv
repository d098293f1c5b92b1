// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// First part of the attention core: jobs come in and their keys are asked for.
///
/// Checks jobs and admits their queries to contexts (hg_attention_job, _context), asks for the
/// first planes of their keys ahead of them (_stream) and sends these requests and those of the
/// other parts to memory (_request). The other parts name a context and see its fields
/// combinationally; they keep fields of the jobs themselves, which they write with `take_o`.
module hg_attention_front #(
  /// Most keys of a job, 8 to 4096.
  parameter int MaxTokens = 1024,
  /// Keys a row; a power of two, 1 and up.
  parameter int Tokens = 1,
  /// Planes of K, 1 to 3.
  parameter int KPlanes = 3,
  /// Planes of V, 1 to 3.
  parameter int VPlanes = 3,
  /// Queries between admission and commit, 2 to 32.
  parameter int Contexts = 4,
  /// Requests in flight, 4 to 256.
  parameter int Outstanding = 64,
  /// Bits of an address of the buffers, 2 and up.
  parameter int AddrW = 11,
  /// Jobs in flight: a power of two, 4 to 64.
  parameter int Jobs = 8,
  /// Derived: bits of a job's place.
  localparam int JobW = hg_pkg::idx_width(Jobs),
  /// Derived: bits of a position: an address, and those of a job's place.
  localparam int PosW = AddrW + JobW,
  /// Derived: bits of a count of keys.
  localparam int TokW = hg_pkg::cnt_width(MaxTokens),
  /// Derived: bits of a row's number.
  localparam int RowW = hg_pkg::idx_width(MaxTokens / Tokens),
  /// Derived: bits of a count of rows.
  localparam int RowsW = hg_pkg::cnt_width(MaxTokens / Tokens),
  /// Derived: bits of a context's number.
  localparam int CtxW = hg_pkg::idx_width(Contexts),
  /// Derived: bits of a count of arrivals.
  localparam int ArrivalW = hg_attention_pkg::ARRIVAL_W
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  // A job, and its fields.
  input  logic                   job_valid_i,
  output logic                   job_ready_o,
  input  logic [7:0]             job_head_i,
  input  logic [TokW-1:0]        job_keys_i,
  input  logic                   job_causal_i,
  input  logic [TokW-1:0]        job_first_i,
  input  logic [1:0]             job_k_start_i,
  input  logic [1:0]             job_k_max_i,
  input  logic [1:0]             job_v_count_i,
  input  logic [1:0]             job_rule_i,
  input  logic [1:0]             job_select_i,
  input  logic [TokW-1:0]        job_k_i,
  input  logic [16:0]            job_mass_i,
  input  logic                   job_list_i,
  // The place that a job being taken gets: every part writes its fields there.
  output logic                   take_o,
  output logic [JobW-1:0]        take_place_o,
  // Token list: the token at a position, while no job is in flight.
  input  logic                   list_valid_i,
  output logic                   list_ready_o,
  input  logic [TokW-1:0]        list_position_i,
  input  logic [TokW-1:0]        list_token_i,
  // A query is admitted to a context; its vector is loaded elsewhere, one at a time.
  input  logic                   query_valid_i,
  output logic                   query_ready_o,
  input  logic [23:0]            query_bound_i,
  input  logic                   query_last_i,
  input  logic                   loader_free_i,
  output logic                   admit_o,
  output logic [CtxW-1:0]        admit_context_o,
  input  logic                   loaded_i,
  input  logic [CtxW-1:0]        loaded_context_i,
  // The query whose rows go to QK next.
  input  logic [CtxW-1:0]        issue_context_i,
  input  logic                   issue_done_i,
  output logic                   issue_ready_o,
  output logic                   issue_error_o,
  output logic [JobW-1:0]        issue_job_o,
  output logic [AddrW-1:0]       issue_base_o,
  output logic [TokW-1:0]        issue_keys_o,
  output logic [RowsW-1:0]       issue_rows_o,
  // The query of the next pass of the softmax, and the one whose pass is judged.
  input  logic [CtxW-1:0]        pass_context_i,
  output logic [JobW-1:0]        pass_job_o,
  output logic [RowsW-1:0]       pass_rows_o,
  input  logic [CtxW-1:0]        judge_context_i,
  output logic [JobW-1:0]        judge_job_o,
  output logic [AddrW-1:0]       judge_base_o,
  output logic [TokW-1:0]        judge_keys_o,
  output logic [RowsW-1:0]       judge_rows_o,
  output logic [23:0]            judge_bound_o,
  // The oldest query, which leaves its context with `leave_i`.
  output logic [CtxW-1:0]        old_context_o,
  output logic                   old_refused_o,
  output logic [JobW-1:0]        old_job_o,
  output logic [PosW-1:0]        old_base_o,
  output logic                   old_last_o,
  output logic [2:0]             old_error_o,
  output logic [31:0]            old_stamp_o,
  input  logic                   leave_i,
  // The oldest job has ended; the position of the oldest row of V that is needed.
  input  logic                   job_done_i,
  output logic [PosW-1:0]        v_free_o,
  // The stream opens the record of a row's planes, unless it must wait for the record.
  output logic                   init_o,
  output logic [AddrW-1:0]       init_addr_o,
  // Requests of values, and of planes that refinements add.
  input  logic                   value_valid_i,
  output logic                   value_ready_o,
  input  logic [JobW-1:0]        value_job_i,
  input  logic [1:0]             value_plane_i,
  input  logic [Tokens*RowW-1:0]  value_row_i,
  input  logic [Tokens*AddrW-1:0] value_addr_i,
  input  logic [Tokens-1:0]      value_mask_i,
  input  logic                   refine_valid_i,
  output logic                   refine_ready_o,
  input  logic [JobW-1:0]        refine_job_i,
  input  logic [1:0]             refine_plane_i,
  input  logic [RowW-1:0]        refine_row_i,
  input  logic [AddrW-1:0]       refine_addr_i,
  input  logic [Tokens-1:0]      refine_mask_i,
  // Requests to memory, and their responses.
  output logic                   req_valid_o,
  input  logic                   req_ready_i,
  output logic                   req_value_o,
  output logic [1:0]             req_plane_o,
  output logic [7:0]             req_head_o,
  output logic [Tokens-1:0]      req_mask_o,
  output logic [Tokens*TokW-1:0] req_token_o,
  input  logic                   rsp_valid_i,
  output logic                   rsp_ready_o,
  // Writes into the buffers of K and V; the data are those of the response.
  output logic                   wr_k_o,
  output logic                   wr_v_o,
  output logic [1:0]             wr_plane_o,
  output logic [Tokens*AddrW-1:0] wr_addr_o,
  output logic [Tokens-1:0]      wr_mask_o,
  // What has arrived.
  output logic [ArrivalW-1:0]    v_arrived_o,
  output logic [ArrivalW-1:0]    k_arrived_o,
  output logic [Jobs*RowsW-1:0]  rows_arrived_o,
  output logic [31:0]            now_o
);

  logic               idle, context_free, admit_last;
  logic [JobW-1:0]    admit_job, stream_job, request_job;
  logic [2:0]         admit_error;
  logic [PosW-1:0]    admit_base, k_free;
  logic [TokW-1:0]    admit_keys;
  logic [RowsW-1:0]   admit_rows;
  logic [JobW:0]      taken;
  logic [Jobs-1:0]    closed;
  logic [Jobs*RowsW-1:0] limits;
  logic [Jobs*PosW-1:0] bases;

  // Fields of the jobs in flight, by place, as the stream and the requests read them.
  logic [7:0]      head_q [0:Jobs-1];
  logic [TokW-1:0] keys_q [0:Jobs-1];
  logic [1:0]      k_start_q [0:Jobs-1];
  logic            list_q [0:Jobs-1];
  logic [TokW-1:0] stream_keys;
  logic [1:0]      stream_k_start;
  logic [7:0]      request_head;
  logic            request_list;

  always_ff @(posedge clk_i) begin
    if (take_o) begin
      head_q[take_place_o]    <= job_head_i;
      keys_q[take_place_o]    <= job_keys_i;
      k_start_q[take_place_o] <= job_k_start_i;
      list_q[take_place_o]    <= job_list_i;
    end
  end

  assign stream_keys    = keys_q[stream_job];
  assign stream_k_start = k_start_q[stream_job];
  assign request_head   = head_q[request_job];
  assign request_list   = list_q[request_job];

  hg_attention_cycle_counter u_cycle_counter (
    .clk_i,
    .rst_ni,
    .now_o
  );

  hg_attention_job #(
    .MaxTokens (MaxTokens),
    .Tokens    (Tokens),
    .KPlanes   (KPlanes),
    .VPlanes   (VPlanes),
    .PosW      (PosW),
    .Jobs      (Jobs)
  ) u_job (
    .clk_i,
    .rst_ni,
    .job_valid_i,
    .job_ready_o,
    .job_keys_i,
    .job_causal_i,
    .job_first_i,
    .job_k_start_i,
    .job_k_max_i,
    .job_v_count_i,
    .job_rule_i,
    .job_select_i,
    .job_k_i,
    .job_mass_i,
    .take_o,
    .take_place_o,
    .idle_o         (idle),
    .query_valid_i,
    .query_ready_o,
    .query_last_i,
    .context_free_i (context_free && loader_free_i),
    .admit_o,
    .admit_job_o    (admit_job),
    .admit_base_o   (admit_base),
    .admit_keys_o   (admit_keys),
    .admit_rows_o   (admit_rows),
    .admit_error_o  (admit_error),
    .admit_last_o   (admit_last),
    .limit_o        (limits),
    .closed_o       (closed),
    .base_o         (bases),
    .taken_o        (taken),
    .k_done_i       (leave_i && old_last_o),
    .k_free_o       (k_free),
    .done_i         (job_done_i),
    .v_free_o
  );

  hg_attention_context #(
    .Contexts (Contexts),
    .TokW     (TokW),
    .RowsW    (RowsW),
    .PosW     (PosW),
    .Jobs     (Jobs)
  ) u_context (
    .clk_i,
    .rst_ni,
    .free_o           (context_free),
    .admit_i          (admit_o),
    .admit_context_o,
    .admit_job_i      (admit_job),
    .admit_base_i     (admit_base),
    .admit_keys_i     (admit_keys),
    .admit_rows_i     (admit_rows),
    .admit_error_i    (admit_error),
    .admit_last_i     (admit_last),
    .admit_bound_i    (query_bound_i),
    .now_i            (now_o),
    .loaded_i,
    .loaded_context_i,
    .leave_i,
    .issue_context_i,
    .issue_done_i,
    .issue_ready_o,
    .issue_error_o,
    .issue_job_o,
    .issue_base_o,
    .issue_keys_o,
    .issue_rows_o,
    .pass_context_i,
    .pass_job_o,
    .pass_rows_o,
    .judge_context_i,
    .judge_job_o,
    .judge_base_o,
    .judge_keys_o,
    .judge_rows_o,
    .judge_bound_o,
    .old_context_o,
    .old_refused_o,
    .old_job_o,
    .old_base_o,
    .old_last_o,
    .old_error_o,
    .old_stamp_o
  );

  logic              stream_valid, stream_ready, stream_last;
  logic [1:0]        stream_plane;
  logic [RowW-1:0]   stream_row;
  logic [Tokens-1:0] stream_mask;

  hg_attention_stream #(
    .MaxTokens (MaxTokens),
    .Tokens    (Tokens),
    .AddrW     (AddrW),
    .Jobs      (Jobs)
  ) u_stream (
    .clk_i,
    .rst_ni,
    .taken_i     (taken),
    .limit_i     (limits),
    .closed_i    (closed),
    .base_i      (bases),
    .free_i      (k_free),
    .job_o       (stream_job),
    .keys_i      (stream_keys),
    .k_start_i   (stream_k_start),
    .init_o,
    .req_valid_o (stream_valid),
    .req_ready_i (stream_ready),
    .req_plane_o (stream_plane),
    .req_row_o   (stream_row),
    .req_addr_o  (init_addr_o),
    .req_mask_o  (stream_mask),
    .req_last_o  (stream_last)
  );

  hg_attention_request #(
    .MaxTokens   (MaxTokens),
    .Tokens      (Tokens),
    .Outstanding (Outstanding),
    .AddrW       (AddrW),
    .Jobs        (Jobs)
  ) u_request (
    .clk_i,
    .rst_ni,
    .idle_i         (idle),
    .list_valid_i,
    .list_ready_o,
    .list_position_i,
    .list_token_i,
    .value_valid_i,
    .value_ready_o,
    .value_job_i,
    .value_plane_i,
    .value_row_i,
    .value_addr_i,
    .value_mask_i,
    .refine_valid_i,
    .refine_ready_o,
    .refine_job_i,
    .refine_plane_i,
    .refine_row_i,
    .refine_addr_i,
    .refine_mask_i,
    .stream_valid_i (stream_valid),
    .stream_ready_o (stream_ready),
    .stream_job_i   (stream_job),
    .stream_plane_i (stream_plane),
    .stream_row_i   (stream_row),
    .stream_addr_i  (init_addr_o),
    .stream_mask_i  (stream_mask),
    .stream_last_i  (stream_last),
    .field_job_o    (request_job),
    .field_head_i   (request_head),
    .field_list_i   (request_list),
    .req_valid_o,
    .req_ready_i,
    .req_value_o,
    .req_plane_o,
    .req_head_o,
    .req_mask_o,
    .req_token_o,
    .rsp_valid_i,
    .rsp_ready_o,
    .wr_k_o,
    .wr_v_o,
    .wr_plane_o,
    .wr_addr_o,
    .wr_mask_o,
    .take_i         (take_o),
    .take_place_i   (take_place_o),
    .v_arrived_o,
    .k_arrived_o,
    .rows_arrived_o
  );

endmodule

`default_nettype wire
