// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Histogram of weights in a memory: bin[bin_i] += weight_i, a beat a cycle; and of the number of
/// beats, unless `CountW` is 0.
///
/// `first_i` empties all bins before its beat, with or without `valid_i`. A bin that is read
/// (`rd_en_i`, not in a cycle of `valid_i`) stands at `rd_data_o` in the next cycle, and its count
/// at `rd_count_o`; both are of the beats that are hg_arith_pkg::segments(Width) + 2 cycles old.
/// Skewed (see hg_arith_pkg).
module hg_select_bins #(
  /// Bins, 2 and up.
  parameter int Bins = 64,
  /// Bits of a bin, 1 and up.
  parameter int Width = 38,
  /// Bits of a bin's count, 0 to 16.
  parameter int CountW = 0,
  /// Derived: bits of a bin's index.
  localparam int BinW = hg_pkg::idx_width(Bins),
  /// Derived: bits of the port of counts.
  localparam int OutCountW = (CountW == 0) ? 1 : CountW
) (
  input  logic                 clk_i,
  input  logic                 first_i,
  input  logic                 valid_i,
  input  logic [BinW-1:0]      bin_i,
  input  logic [Width-1:0]     weight_i,
  input  logic                 rd_en_i,
  input  logic [BinW-1:0]      rd_bin_i,
  output logic [Width-1:0]     rd_data_o,
  output logic [OutCountW-1:0] rd_count_o
);

  localparam int Segs = hg_arith_pkg::segments(Width);
  localparam int SegW = hg_arith_pkg::seg_width(Width);

  logic [Width-1:0] weight_q, weight;

  always_ff @(posedge clk_i) weight_q <= weight_i;

  hg_skew #(
    .Width (Width)
  ) u_skew (
    .clk_i,
    .data_i (weight_q),
    .data_o (weight)
  );

  // Which bins are in use; what that says of a beat goes with it from segment to segment.
  logic [Bins-1:0] used_q, hot;
  logic [BinW-1:0] rd_bin;
  logic            empty_q, again_q;
  logic [Segs-1:0] seg_valid_q, seg_empty, seg_again;
  logic [Segs*BinW-1:0] seg_bin_q;

  // A read never meets a beat, and is known earlier in the cycle.
  assign rd_bin = rd_en_i ? rd_bin_i : bin_i;
  assign hot    = Bins'(valid_i) << bin_i;

  always_ff @(posedge clk_i) begin
    used_q  <= (first_i ? '0 : used_q) | hot;
    empty_q <= first_i || !used_q[rd_bin];
    // The memory does not yet hold what is being written.
    again_q <= seg_valid_q[0] && seg_bin_q[BinW-1:0] == bin_i;
  end

  for (genvar s = 0; s < Segs; s++) begin : gen_seg
    localparam int Own = (s == Segs - 1) ? Width - s * SegW : SegW;
    logic            valid, carry, carry_q, unused_low;
    logic [BinW-1:0] bin, own_rd_bin;
    logic [Own-1:0]  stored, base, sum_q;
    logic [Own:0]    wide;

    if (s == 0) begin : gen_lowest
      assign {valid, bin} = {valid_i, bin_i};
      assign own_rd_bin = rd_bin;
      assign {seg_empty[0], seg_again[0]} = {empty_q, again_q};
      assign carry = 1'b0;
    end else begin : gen_upper
      logic own_empty_q, own_again_q;
      assign valid = seg_valid_q[s-1];
      assign bin   = seg_bin_q[(s-1)*BinW +: BinW];
      assign own_rd_bin = valid ? bin : rd_bin_i;
      always_ff @(posedge clk_i) {own_empty_q, own_again_q} <= {seg_empty[s-1], seg_again[s-1]};
      assign {seg_empty[s], seg_again[s]} = {own_empty_q, own_again_q};
      assign carry = gen_seg[s-1].carry_q;
    end

    hg_ram_1r1w #(
      .Width        (Own),
      .DepthEntries (Bins)
    ) u_ram (
      .clk_i,
      .wr_en_i   (seg_valid_q[s]),
      .wr_addr_i (seg_bin_q[s*BinW +: BinW]),
      .wr_data_i (wide[Own-1:0]),
      .rd_en_i   (valid || rd_en_i),
      .rd_addr_i (own_rd_bin),
      .rd_data_o (stored)
    );

    always_ff @(posedge clk_i) begin
      seg_valid_q[s]            <= valid;
      seg_bin_q[s*BinW +: BinW] <= bin;
      sum_q                     <= wide[Own-1:0];
      carry_q                   <= wide[Own];
    end
    if (s == Segs - 1) begin : gen_highest
      logic unused_carry;
      assign unused_carry = carry_q;
    end

    assign base = seg_empty[s] ? '0 : seg_again[s] ? sum_q : stored;
    // The carry enters as the sum of two equal bits below the lowest.
    assign {wide, unused_low} = {1'b0, base, carry} + {1'b0, weight[s*SegW +: Own], carry};
    assign rd_data_o[s*SegW +: Own] = empty_q ? '0 : stored;
  end

  if (CountW == 0) begin : gen_no_count
    assign rd_count_o = '0;
  end else begin : gen_count
    logic [CountW-1:0] stored, base, sum, sum_q;

    hg_ram_1r1w #(
      .Width        (CountW),
      .DepthEntries (Bins)
    ) u_ram (
      .clk_i,
      .wr_en_i   (seg_valid_q[0]),
      .wr_addr_i (seg_bin_q[BinW-1:0]),
      .wr_data_i (sum),
      .rd_en_i   (valid_i || rd_en_i),
      .rd_addr_i (rd_bin),
      .rd_data_o (stored)
    );
    always_ff @(posedge clk_i) sum_q <= sum;
    assign base       = empty_q ? '0 : again_q ? sum_q : stored;
    assign sum        = base + CountW'(1);
    assign rd_count_o = empty_q ? '0 : stored;
  end

`ifdef HG_FORMAL
  // One bin, any, against a sum of its own, read when nothing has come for long enough.
  localparam int FormW = hg_pkg::cnt_width(Segs + 2);
  (* anyconst *) logic [BinW-1:0] f_bin;
  logic [Width-1:0] f_sum_q;
  logic [OutCountW-1:0] f_count_q;
  logic [FormW-1:0] f_quiet_q;
  logic             f_known_q, f_read_q;

  initial begin
    f_known_q = 1'b0;
    f_read_q  = 1'b0;
  end
  always_comb begin
    assume (32'(bin_i) < Bins && 32'(rd_bin_i) < Bins && 32'(f_bin) < Bins);
    assume (!rd_en_i || !valid_i);
  end
  always @(posedge clk_i) begin
    f_known_q <= f_known_q || first_i;
    f_sum_q   <= (first_i ? '0 : f_sum_q) + ((valid_i && bin_i == f_bin) ? weight_i : '0);
    if (first_i || valid_i) f_quiet_q <= '0;
    else if (f_quiet_q != FormW'(Segs + 2)) f_quiet_q <= f_quiet_q + FormW'(1);
    f_read_q <= f_known_q && rd_en_i && rd_bin_i == f_bin && f_quiet_q >= FormW'(Segs + 1)
                && !first_i;
    f_count_q <= (first_i ? '0 : f_count_q) + OutCountW'(valid_i && bin_i == f_bin);
    if (f_read_q) assert (rd_data_o == f_sum_q);
    if (f_read_q && CountW != 0) assert (rd_count_o == f_count_q);
    cover (f_read_q && rd_data_o == '1);
  end
`endif

endmodule

`default_nettype wire
