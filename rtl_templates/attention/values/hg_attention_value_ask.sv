// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Asks for the values of a row that are not held, then lets the row wait for PV.
///
/// Planes are inner. With the last of its requests, or at once if nothing is missing, the row goes
/// on with the count of requests it waits for; rows with `in_keep_i` low are dropped there.
module hg_attention_value_ask #(
  /// Lanes, 1 and up.
  parameter int Tokens = 1,
  /// Bits of a row's number, 1 and up.
  parameter int RowW = 10,
  /// Rows that wait for PV, 4 and up.
  parameter int Waiting = 64,
  /// Bits of an address of the V buffer, 1 and up.
  parameter int AddrW = 11,
  /// Bits of a job's place, 1 and up.
  parameter int JobW = 3,
  /// Derived: bits of a probability.
  localparam int ProbW = hg_attention_pkg::PROB_W,
  /// Derived: bits of a count of arrivals.
  localparam int ArrivalW = hg_attention_pkg::ARRIVAL_W
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,
  // A row: each lane has a row of the job and an address of its own.
  input  logic                    in_valid_i,
  output logic                    in_ready_o,
  input  logic                    in_keep_i,
  input  logic                    in_first_i,
  input  logic                    in_last_i,
  input  logic                    in_any_i,
  input  logic [JobW-1:0]         in_job_i,
  input  logic [1:0]              in_v_count_i,
  input  logic [Tokens*RowW-1:0]  in_row_i,
  input  logic [Tokens*AddrW-1:0] in_addr_i,
  input  logic [Tokens-1:0]       in_missing_i,
  input  logic [Tokens*ProbW-1:0] in_weight_i,
  output logic                    ask_valid_o,
  input  logic                    ask_ready_i,
  output logic [JobW-1:0]         ask_job_o,
  output logic [1:0]              ask_plane_o,
  output logic [Tokens*RowW-1:0]  ask_row_o,
  output logic [Tokens*AddrW-1:0] ask_addr_o,
  output logic [Tokens-1:0]       ask_mask_o,
  // Rows for PV, and the count of requests they wait for.
  output logic                    row_valid_o,
  input  logic                    row_ready_i,
  output logic                    row_first_o,
  output logic                    row_last_o,
  output logic                    row_any_o,
  output logic [JobW-1:0]         row_job_o,
  output logic [Tokens*AddrW-1:0] row_addr_o,
  output logic [ArrivalW-1:0]     row_need_o,
  output logic [Tokens*ProbW-1:0] row_weight_o
);

  logic                wait_ready, missing_any, ask_valid, ask_ready, asks_end, leave;
  logic [1:0]          plane_q;
  logic [ArrivalW-1:0] asked_q, asked_next;

  // It leaves when its last request is granted, with room for its weights.
  assign missing_any = in_missing_i != '0;
  assign asked_next  = asked_q + ArrivalW'(1);
  assign asks_end    = plane_q + 2'd1 == in_v_count_i;
  assign ask_valid   = in_valid_i && wait_ready && missing_any;
  assign in_ready_o  = wait_ready && (!missing_any || (ask_ready && asks_end));
  assign leave       = in_valid_i && in_ready_o;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      plane_q <= '0;
      asked_q <= '0;
    end else begin
      if (leave) plane_q <= '0;
      else if (ask_valid && ask_ready) plane_q <= plane_q + 2'd1;
      if (ask_valid && ask_ready) asked_q <= asked_next;
    end
  end

  // So that whether a row leaves does not hang on who else asks.
  hg_skid_buffer #(
    .Width (JobW + 2 + Tokens * (RowW + AddrW + 1))
  ) u_ask (
    .clk_i,
    .rst_ni,
    .in_valid_i  (ask_valid),
    .in_ready_o  (ask_ready),
    .in_data_i   ({in_job_i, plane_q, in_row_i, in_addr_i, in_missing_i}),
    .out_valid_o (ask_valid_o),
    .out_ready_i (ask_ready_i),
    .out_data_o  ({ask_job_o, ask_plane_o, ask_row_o, ask_addr_o, ask_mask_o})
  );

  hg_ram_fifo #(
    .Width        (3 + JobW + Tokens * (AddrW + ProbW) + ArrivalW),
    .DepthEntries (Waiting)
  ) u_wait (
    .clk_i,
    .rst_ni,
    .in_valid_i  (leave && in_keep_i),
    .in_ready_o  (wait_ready),
    .in_data_i   ({in_first_i, in_last_i, in_any_i, in_job_i, in_addr_i,
                   missing_any ? asked_next : asked_q, in_weight_i}),
    .out_valid_o (row_valid_o),
    .out_ready_i (row_ready_i),
    .out_data_o  ({row_first_o, row_last_o, row_any_o, row_job_o, row_addr_o, row_need_o,
                   row_weight_o})
  );

endmodule

`default_nettype wire
