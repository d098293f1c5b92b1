// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none

/// K stream: asks for the first planes of the keys of the running and the next job.
///
/// Row-major, planes inner, up to the rows that the queries admitted so far see. A job may begin
/// when the job before the last no longer needs its half of the buffer. The first request of a
/// row also opens the row's record of planes held (`init_o`), which a refinement may be writing
/// at the time: then the request waits (`hold_i`).
module hg_attention_stream #(
  /// Most keys of a job, 8 to 4096.
  parameter int MaxTokens = 1024,
  /// Keys a row; a power of two, 1 and up.
  parameter int Tokens = 1,
  /// Derived: bits of a count of keys.
  localparam int TokW = hg_pkg::cnt_width(MaxTokens),
  /// Derived: bits of a row's number.
  localparam int RowW = hg_pkg::idx_width(MaxTokens / Tokens),
  /// Derived: bits of a count of rows.
  localparam int RowsW = hg_pkg::cnt_width(MaxTokens / Tokens)
) (
  input  logic               clk_i,
  input  logic               rst_ni,
  input  logic [2:0]         taken_i,
  input  logic [2:0]         k_done_i,
  input  logic [4*RowsW-1:0] limit_i,
  input  logic [3:0]         closed_i,
  output logic [1:0]         job_o,
  input  logic [TokW-1:0]    keys_i,
  input  logic [1:0]         k_start_i,
  input  logic               hold_i,
  output logic               init_o,
  output logic               req_valid_o,
  input  logic               req_ready_i,
  output logic [1:0]         req_plane_o,
  output logic [RowW-1:0]    req_row_o,
  output logic [Tokens-1:0]  req_mask_o,
  output logic               req_last_o
);

  localparam int ShiftT = $clog2(Tokens);

  // Modulo 8, to tell a full ring from an empty one.
  logic [2:0]       job_q;
  logic [RowsW-1:0] row_q, limit;
  logic [1:0]       plane_q, place;
  logic             there, closed, more, sent;

  assign there = job_q != taken_i && (job_q - k_done_i == 3'd0 || job_q - k_done_i == 3'd1);

  assign place = job_q[1:0];

  always_comb begin
    limit = '0;
    for (int p = 0; p < 4; p++) begin
      if (place == 2'(p)) begin
        limit = limit | limit_i[p*RowsW +: RowsW];
      end
    end
  end

  assign closed      = closed_i[place];
  assign more        = there && row_q < limit;
  assign req_valid_o = more && !(hold_i && plane_q == '0);
  assign sent        = req_valid_o && req_ready_i;
  assign init_o      = sent && plane_q == '0;
  assign job_o       = place;
  assign req_plane_o = plane_q;
  assign req_row_o   = RowW'(row_q);
  assign req_last_o  = plane_q + 2'd1 == k_start_i;

  for (genvar t = 0; t < Tokens; t++) begin : gen_mask
    // Row r is wanted of lane t if r * T + t < keys.
    logic [TokW-1:0] whole;
    assign whole = keys_i >> ShiftT;
    if (Tokens == 1) begin : gen_single
      assign req_mask_o[t] = TokW'(row_q) < whole;
    end else begin : gen_lane
      assign req_mask_o[t] = TokW'(row_q) < whole
          || (TokW'(row_q) == whole && ShiftT'(t) < keys_i[ShiftT-1:0]);
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      job_q   <= '0;
      row_q   <= '0;
      plane_q <= '0;
    end else if (sent) begin
      plane_q <= req_last_o ? '0 : plane_q + 2'd1;
      row_q   <= row_q + RowsW'(req_last_o);
    end else if (there && closed && row_q == limit) begin
      job_q <= job_q + 3'd1;
      row_q <= '0;
    end
  end

endmodule

`default_nettype wire
