// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Decides which keys of a row survive: those above the threshold, and the first ties with it.
///
/// A row enters as it is read, its keys follow a cycle later, and `keep_*` comes five cycles
/// behind the read: compare, count the ties in two cycles, choose, and a register. The quota of
/// ties follows a query through the pipeline. It moves only with `en_i`.
module hg_topk_drain_ties #(
  /// Keys a row; a power of two, 1 to 64.
  parameter int Lanes = 16,
  /// Bits of a key, 4 to 24.
  parameter int KeyW = 12,
  /// 1: keys are two's complement at the ports; inside they are unsigned.
  parameter int Signed = 1,
  /// Bits of a row index.
  parameter int RowW = 6,
  /// Bits of a count.
  parameter int CntW = 11,
  /// 0: ties survive up to a quota; 1: up to an index.
  parameter int TieByIndex = 0,
  /// Derived: bits of a row's key count.
  localparam int TailW = hg_pkg::cnt_width(Lanes),
  /// Derived: bits of what goes along with a query: threshold and count.
  localparam int SideW = KeyW + CntW
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  input  logic                  en_i,
  // A row that is read; its keys come a cycle later.
  input  logic                  rd_valid_i,
  input  logic                  rd_first_i,
  input  logic                  rd_last_i,
  input  logic [RowW-1:0]       rd_row_i,
  input  logic [Lanes*KeyW-1:0] data_i,
  // Figures of its query.
  input  logic [TailW-1:0]      tail_i,
  input  logic [CntW-1:0]       count_i,
  input  logic [CntW-1:0]       rank_i,
  input  logic [KeyW-1:0]       threshold_i,
  // The row, with what survives of it.
  output logic                  keep_valid_o,
  output logic                  keep_first_o,
  output logic                  keep_last_o,
  output logic [RowW-1:0]       keep_row_o,
  output logic [Lanes-1:0]      keep_o,
  output logic [SideW-1:0]      keep_side_o
);

  localparam int LaneBits = $clog2(Lanes);
  localparam int Stages   = 5;
  localparam logic [KeyW-1:0] Flip = (Signed != 0) ? {1'b1, {(KeyW-1){1'b0}}} : '0;

  // What goes along with a row: gen_ride[s] holds it s cycles behind the read.
  for (genvar s = 0; s <= Stages; s++) begin : gen_ride
    logic            valid, first, last;
    logic [RowW-1:0] row;
    if (s == 0) begin : gen_read
      assign {valid, first, last, row} = {rd_valid_i, rd_first_i, rd_last_i, rd_row_i};
    end else begin : gen_step
      logic            valid_q, first_q, last_q;
      logic [RowW-1:0] row_q;
      always_ff @(posedge clk_i or negedge rst_ni) begin
        if (!rst_ni) valid_q <= 1'b0;
        else if (en_i) valid_q <= gen_ride[s-1].valid;
      end
      always_ff @(posedge clk_i) begin
        if (en_i) begin
          first_q <= gen_ride[s-1].first;
          last_q  <= gen_ride[s-1].last;
          row_q   <= gen_ride[s-1].row;
        end
      end
      assign {valid, first, last, row} = {valid_q, first_q, last_q, row_q};
    end
  end

  // Comparison with the threshold, as the keys are there.
  logic [Lanes-1:0] over, tie;

  for (genvar i = 0; i < Lanes; i++) begin : gen_compare
    logic live;
    assign live    = !gen_ride[1].last || TailW'(i) < tail_i;
    assign over[i] = live && data_i[i*KeyW +: KeyW] > threshold_i;
    assign tie[i]  = live && data_i[i*KeyW +: KeyW] == threshold_i;
  end

  // Named for the cycles behind the read.
  logic [Lanes-1:0] over2_q, over3_q, over4_q, tie2_q, tie3_q, tie4_q, keep, keep5_q;
  logic [SideW-1:0] side2_q, side3_q, side4_q, side5_q;
  logic [CntW-1:0]  rank3_q, quota_q, quota_left;

  always_ff @(posedge clk_i) begin
    if (en_i) begin
      over2_q <= over;
      over3_q <= over2_q;
      over4_q <= over3_q;
      tie2_q  <= tie;
      tie3_q  <= tie2_q;
      tie4_q  <= tie3_q;
      keep5_q <= keep;
      side2_q <= {(count_i == '0) ? '0 : threshold_i ^ Flip, count_i};
      side3_q <= side2_q;
      side4_q <= side3_q;
      side5_q <= side4_q;
      rank3_q <= rank_i;
      // The quota is loaded with a query's first row and pays for the ties of each row that leaves.
      if (gen_ride[3].valid && gen_ride[3].first) quota_q <= rank3_q;
      else if (gen_ride[4].valid) quota_q <= quota_left;
    end
  end

  if (TieByIndex != 0) begin : gen_by_index
    assign quota_left = quota_q;
    for (genvar i = 0; i < Lanes; i++) begin : gen_tie
      logic [CntW-1:0] index;
      assign index   = (CntW'(gen_ride[4].row) << LaneBits) | CntW'(i);
      assign keep[i] = over4_q[i] || (tie4_q[i] && index <= quota_q);
    end
  end else begin : gen_by_quota
    logic [Lanes*TailW-1:0] ties, ties_q;
    logic [TailW-1:0]       all_ties;

    hg_prefix_count #(
      .Lanes (Lanes)
    ) u_ties (
      .clk_i,
      .en_i,
      .bits_i  (tie2_q),
      .count_o (ties)
    );

    always_ff @(posedge clk_i) begin
      if (en_i) ties_q <= ties;
    end

    assign all_ties   = ties_q[(Lanes-1)*TailW +: TailW];
    assign quota_left = (quota_q > CntW'(all_ties)) ? quota_q - CntW'(all_ties) : '0;

    for (genvar i = 0; i < Lanes; i++) begin : gen_tie
      assign keep[i] = over4_q[i] ||
          (tie4_q[i] && CntW'(ties_q[i*TailW +: TailW]) <= quota_q);
    end
  end

  assign keep_valid_o = gen_ride[Stages].valid;
  assign keep_first_o = gen_ride[Stages].first;
  assign keep_last_o  = gen_ride[Stages].last;
  assign keep_row_o   = gen_ride[Stages].row;
  assign keep_o       = keep5_q;
  assign keep_side_o  = side5_q;

endmodule

`default_nettype wire
