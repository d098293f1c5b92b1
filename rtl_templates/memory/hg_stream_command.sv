// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// The side of a stream reader or writer that commands come in at: checks them, lets at most
/// `Commands` of them be under way, and cuts those that are not refused into bursts.
///
/// Bursts leave in order, one per cycle at most. Every command leaves on `job` as well, refused or
/// not, for the side that moves the data, as soon as it is checked; that stream must be ready,
/// which it is with room for `Commands` of them. A command is under way from the cycle in which it
/// is taken to that in which `done_i` is set. hg_stream_check has the codes and cycles of the
/// check.
module hg_stream_command #(
  /// Bits of a beat: a power of two, 64 to 512.
  parameter int DataW = 64,
  /// Most beats of a burst: 1 to 256.
  parameter int Burst = 16,
  /// Commands under way at most: 2 to 64.
  parameter int Commands = 4
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        cmd_valid_i,
  output logic        cmd_ready_o,
  input  logic [63:0] cmd_addr_i,
  input  logic [20:0] cmd_bytes_i,
  input  logic [16:0] cmd_rows_i,
  input  logic [31:0] cmd_stride_i,
  input  logic [63:0] range_base_i,
  input  logic [63:0] range_end_i,
  input  logic        done_i,
  output logic        burst_valid_o,
  input  logic        burst_ready_i,
  output logic [63:0] burst_addr_o,
  output logic [7:0]  burst_len_o,
  output logic        burst_last_o,
  output logic        job_valid_o,
  output logic [63:0] job_addr_o,
  output logic [19:0] job_bytes_m1_o,
  output logic [15:0] job_rows_m1_o,
  output logic [31:0] job_stride_o,
  output logic [2:0]  job_code_o
);

  localparam int HeldW = hg_pkg::cnt_width(Commands);

  logic [HeldW-1:0] held_q;
  logic             room_q, check_ready, taken;

  assign cmd_ready_o = check_ready && room_q;
  assign taken       = cmd_valid_i && cmd_ready_o;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      held_q <= '0;
      room_q <= 1'b1;
    end else if (taken && !done_i) begin
      held_q <= held_q + HeldW'(1);
      room_q <= held_q != HeldW'(Commands - 1);
    end else if (done_i && !taken) begin
      held_q <= held_q - HeldW'(1);
      room_q <= 1'b1;
    end
  end

  // `told_q`: the command that is checked has left on `job`, and waits for its rows.
  logic checked, rows_ready, okay, told_q;

  hg_stream_check u_check (
    .clk_i,
    .rst_ni,
    .in_valid_i     (cmd_valid_i && room_q),
    .in_ready_o     (check_ready),
    .in_addr_i      (cmd_addr_i),
    .in_bytes_i     (cmd_bytes_i),
    .in_rows_i      (cmd_rows_i),
    .in_stride_i    (cmd_stride_i),
    .range_base_i,
    .range_end_i,
    .out_valid_o    (checked),
    .out_ready_i    (rows_ready || !okay),
    .out_addr_o     (job_addr_o),
    .out_bytes_m1_o (job_bytes_m1_o),
    .out_rows_m1_o  (job_rows_m1_o),
    .out_stride_o   (job_stride_o),
    .out_code_o     (job_code_o)
  );

  assign okay        = job_code_o == 3'd0;
  assign job_valid_o = checked && !told_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) told_q <= 1'b0;
    else told_q <= checked && okay && !rows_ready;
  end

  logic        row_valid, row_ready, row_last;
  logic [63:0] row_addr;
  logic [19:0] row_bytes_m1;
  logic [2:0]  unused_code;

  hg_stream_rows #(.AddrW(64)) u_rows (
    .clk_i,
    .rst_ni,
    .in_valid_i     (checked && okay),
    .in_ready_o     (rows_ready),
    .in_addr_i      (job_addr_o),
    .in_bytes_m1_i  (job_bytes_m1_o),
    .in_rows_m1_i   (job_rows_m1_o),
    .in_stride_i    (job_stride_o),
    .in_code_i      (3'd0),
    .out_valid_o    (row_valid),
    .out_ready_i    (row_ready),
    .out_addr_o     (row_addr),
    .out_bytes_m1_o (row_bytes_m1),
    .out_last_o     (row_last),
    .out_code_o     (unused_code)
  );

  hg_axi_burst #(
    .DataW  (DataW),
    .Burst  (Burst),
    .BytesW (20)
  ) u_burst (
    .clk_i,
    .rst_ni,
    .in_valid_i    (row_valid),
    .in_ready_o    (row_ready),
    .in_addr_i     (row_addr),
    .in_bytes_m1_i (row_bytes_m1),
    .in_last_i     (row_last),
    .out_valid_o   (burst_valid_o),
    .out_ready_i   (burst_ready_i),
    .out_addr_o    (burst_addr_o),
    .out_len_o     (burst_len_o),
    .out_last_o    (burst_last_o)
  );

endmodule

`default_nettype wire
