// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// First-in first-out buffer of a ready/valid stream for hundreds of words, in a memory.
///
/// Words pass through hg_ram_1r1w and then a few registers that are filled ahead, so that one beat
/// a cycle goes in and comes out at any fill. A beat leaves three cycles after it came at the
/// earliest. It holds at least `DepthEntries` words. Both `in_ready_o` and `out_valid_o` depend on
/// registers only.
module hg_ram_fifo #(
  /// Bits of the payload, 1 and up.
  parameter int Width = 32,
  /// Words stored at least, 1 and up; need not be a power of two.
  parameter int DepthEntries = 64
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic             in_valid_i,
  output logic             in_ready_o,
  input  logic [Width-1:0] in_data_i,
  output logic             out_valid_o,
  input  logic             out_ready_i,
  output logic [Width-1:0] out_data_o
);

  if (Width < 1 || DepthEntries < 1) begin : gen_illegal
    ERROR_hg_ram_fifo_Width_and_DepthEntries_must_be_positive u_illegal ();
  end

  localparam int PtrW  = hg_pkg::idx_width(DepthEntries);
  localparam int UsedW = hg_pkg::cnt_width(DepthEntries);
  // The word in the memory's output register and those behind it: what keeps one beat a cycle.
  localparam int Ahead = 3;

  logic [PtrW-1:0]  wr_q, rd_q;
  logic [UsedW-1:0] used_q;
  // What the count says, known a cycle before it is asked.
  logic             full_q, some_q;
  logic             push, fetch, fetched_q;
  logic [Width-1:0] word;
  logic [1:0]       ahead;
  logic             unused_ready;

  assign in_ready_o = !full_q;
  assign push       = in_valid_i && in_ready_o;
  assign fetch      = some_q && ahead + 2'(fetched_q) < 2'(Ahead);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      wr_q      <= '0;
      rd_q      <= '0;
      used_q    <= '0;
      full_q    <= 1'b0;
      some_q    <= 1'b0;
      fetched_q <= 1'b0;
    end else begin
      if (push) wr_q <= (wr_q == PtrW'(DepthEntries - 1)) ? '0 : wr_q + PtrW'(1);
      if (fetch) rd_q <= (rd_q == PtrW'(DepthEntries - 1)) ? '0 : rd_q + PtrW'(1);
      if (push && !fetch) begin
        used_q <= used_q + UsedW'(1);
        full_q <= used_q == UsedW'(DepthEntries - 1);
        some_q <= 1'b1;
      end else if (fetch && !push) begin
        used_q <= used_q - UsedW'(1);
        full_q <= 1'b0;
        some_q <= used_q != UsedW'(1);
      end
      fetched_q <= fetch;
    end
  end

  hg_ram_1r1w #(
    .Width        (Width),
    .DepthEntries (DepthEntries)
  ) u_ram (
    .clk_i,
    .wr_en_i   (push),
    .wr_addr_i (wr_q),
    .wr_data_i (in_data_i),
    .rd_en_i   (fetch),
    .rd_addr_i (rd_q),
    .rd_data_o (word)
  );

  hg_fifo #(
    .Width        (Width),
    .DepthEntries (Ahead)
  ) u_ahead (
    .clk_i,
    .rst_ni,
    .in_valid_i (fetched_q),
    .in_ready_o (unused_ready),
    .in_data_i  (word),
    .out_valid_o,
    .out_ready_i,
    .out_data_o,
    .used_o     (ahead)
  );

`ifdef HG_FORMAL
  // A model that counts, and a beat that was picked at random with the number of those ahead of
  // it. The words lie in two instances, which induction cannot see into: this is for bounded proofs
  // of up to 12 entries.
  logic             f_seen_q, f_stalled_q, f_tracked_q;
  logic [3:0]       f_used_q, f_ahead_q;
  logic [1:0]       f_wait_q;
  logic [Width-1:0] f_data_q, f_out_q;
  wire              f_in  = in_valid_i && in_ready_o;
  wire              f_out = out_valid_o && out_ready_i;
  (* anyseq *) logic f_pick;

  initial f_seen_q = 1'b0;
  always @(posedge clk_i) f_seen_q <= 1'b1;
  always_comb assume (rst_ni == f_seen_q);

  always @(posedge clk_i) begin
    if (!rst_ni) begin
      f_used_q    <= 4'd0;
      f_wait_q    <= 2'd0;
      f_tracked_q <= 1'b0;
      f_stalled_q <= 1'b0;
    end else begin
      f_used_q    <= f_used_q + 4'(f_in) - 4'(f_out);
      f_wait_q    <= (f_used_q != 4'd0 && !out_valid_o) ? f_wait_q + 2'd1 : 2'd0;
      f_stalled_q <= out_valid_o && !out_ready_i;
      f_out_q     <= out_data_o;
      if (!f_tracked_q && f_in && f_pick) begin
        f_tracked_q <= 1'b1;
        f_data_q    <= in_data_i;
        f_ahead_q   <= f_used_q - 4'(f_out);
      end else if (f_tracked_q && f_out) begin
        f_tracked_q <= f_ahead_q != 4'd0;
        f_ahead_q   <= f_ahead_q - 4'd1;
      end
    end
    if (rst_ni) begin
      assert (32'(used_q) <= DepthEntries && 32'(ahead) <= Ahead);
      assert (full_q == (32'(used_q) == DepthEntries) && some_q == (used_q != '0));
      assert (32'(rd_q) < DepthEntries && 32'(wr_q) < DepthEntries);
      // What was read finds room, and no beat comes from nowhere.
      assert (!fetched_q || unused_ready);
      assert (32'(f_used_q) <= DepthEntries + Ahead);
      assert (!out_valid_o || f_used_q != 4'd0);
      // It holds as many as it says, and the first of them does not wait longer than two cycles.
      assert (in_ready_o || 32'(f_used_q) >= DepthEntries);
      assert (f_wait_q < 2'd3);
      if (f_stalled_q) assert (out_valid_o && out_data_o == f_out_q);
      if (f_tracked_q) begin
        assert (f_ahead_q < f_used_q);
        if (f_ahead_q == 4'd0 && out_valid_o) assert (out_data_o == f_data_q);
      end
      cover (f_used_q == 4'(DepthEntries + Ahead) && f_out && f_tracked_q);
    end
  end
`endif

endmodule

`default_nettype wire
