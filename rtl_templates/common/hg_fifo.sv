// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// First-in first-out buffer of a ready/valid stream, any depth.
///
/// Storage is registers, read through a multiplexer: for hundreds of words take hg_ram_1r1w. A
/// beat leaves in the cycle after it came at the earliest. Both `in_ready_o` and `out_valid_o`
/// depend on registers only, which costs the single-entry buffer half its rate: it takes a beat
/// every second cycle, all others take one a cycle, also when full and being read. Beats leave in
/// the order they came. `used_o` counts the beats that are stored.
module hg_fifo #(
  /// Bits of the payload, 1 and up.
  parameter int Width = 32,
  /// Beats stored, 1 and up; need not be a power of two.
  parameter int DepthEntries = 4,
  /// Derived: bits of the count of stored beats.
  localparam int CntW = hg_pkg::cnt_width(DepthEntries)
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic             in_valid_i,
  output logic             in_ready_o,
  input  logic [Width-1:0] in_data_i,
  output logic             out_valid_o,
  input  logic             out_ready_i,
  output logic [Width-1:0] out_data_o,
  output logic [CntW-1:0]  used_o
);

  if (Width < 1 || DepthEntries < 1) begin : gen_illegal
    ERROR_hg_fifo_Width_and_DepthEntries_must_be_positive u_illegal ();
  end

  localparam int PtrW = hg_pkg::idx_width(DepthEntries);

  logic [Width-1:0] mem_q [0:DepthEntries-1];
  logic [PtrW-1:0]  wr_q, rd_q;
  logic [CntW-1:0]  used_q;
  logic             push, pop;

  assign push = in_valid_i && in_ready_o;
  assign pop  = out_valid_o && out_ready_i;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      wr_q   <= '0;
      rd_q   <= '0;
      used_q <= '0;
    end else begin
      if (push) wr_q <= (wr_q == PtrW'(DepthEntries - 1)) ? '0 : wr_q + PtrW'(1);
      if (pop) rd_q <= (rd_q == PtrW'(DepthEntries - 1)) ? '0 : rd_q + PtrW'(1);
      if (push && !pop) used_q <= used_q + CntW'(1);
      else if (pop && !push) used_q <= used_q - CntW'(1);
    end
  end

  always_ff @(posedge clk_i) begin
    if (push) mem_q[wr_q] <= in_data_i;
  end

  assign in_ready_o  = used_q != CntW'(DepthEntries);
  assign out_valid_o = used_q != '0;
  assign out_data_o  = mem_q[rd_q];
  assign used_o      = used_q;

`ifdef HG_FORMAL
  // A model that counts, and a beat that was picked at random with the number of those ahead of
  // it. Valid and ready follow from the model's registers alone, so neither is a function of the
  // other side in the same cycle.
  logic             f_seen_q, f_stalled_q, f_tracked_q;
  logic [31:0]      f_used_q, f_ahead_q;
  logic [Width-1:0] f_data_q, f_out_q;
  wire              f_in  = in_valid_i && in_ready_o;
  wire              f_out = out_valid_o && out_ready_i;
  (* anyseq *) logic f_pick;

  initial f_seen_q = 1'b0;
  always @(posedge clk_i) f_seen_q <= 1'b1;
  always_comb assume (rst_ni == f_seen_q);

  // What induction needs to know of the pointers: where the next beat and the picked one lie.
  wire [31:0] f_end   = 32'(rd_q) + f_used_q;
  wire [31:0] f_spot  = 32'(rd_q) + f_ahead_q;
  wire [31:0] f_place = (f_spot >= DepthEntries) ? f_spot - DepthEntries : f_spot;

  always @(posedge clk_i) begin
    if (!rst_ni) begin
      f_used_q    <= 32'd0;
      f_tracked_q <= 1'b0;
      f_stalled_q <= 1'b0;
    end else begin
      f_used_q    <= f_used_q + 32'(f_in) - 32'(f_out);
      f_stalled_q <= out_valid_o && !out_ready_i;
      f_out_q     <= out_data_o;
      if (!f_tracked_q && f_in && f_pick) begin
        f_tracked_q <= 1'b1;
        f_data_q    <= in_data_i;
        f_ahead_q   <= f_used_q - 32'(f_out);
      end else if (f_tracked_q && f_out) begin
        f_tracked_q <= f_ahead_q != 32'd0;
        f_ahead_q   <= f_ahead_q - 32'd1;
      end
    end
    if (rst_ni) begin
      assert (f_used_q <= DepthEntries);
      assert (32'(used_o) == f_used_q);
      assert (out_valid_o == (f_used_q != 32'd0));
      assert (in_ready_o == (f_used_q != DepthEntries));
      if (f_stalled_q) assert (out_valid_o && out_data_o == f_out_q);
      assert (32'(rd_q) < DepthEntries && 32'(wr_q) < DepthEntries);
      assert (32'(wr_q) == ((f_end >= DepthEntries) ? f_end - DepthEntries : f_end));
      if (f_tracked_q) begin
        assert (f_ahead_q < f_used_q);
        assert (mem_q[f_place[PtrW-1:0]] == f_data_q);
        if (f_ahead_q == 32'd0) assert (out_data_o == f_data_q);
      end
      cover (f_used_q == DepthEntries && f_out && f_tracked_q);
    end
  end
`endif

endmodule

`default_nettype wire
