// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Scans the stored keys of one query for one more digit of the threshold.
///
/// Takes a query whose leading threshold digits are known, reads its rows two at a time, counts the
/// candidates (keys that equal those digits) and hands on the next digit. Rows stream at full
/// rate, so a query of r rows occupies the block ceil(r/2) + 6 cycles, whatever the data.
///
/// A query is described by its last row and by `tail`, the keys in that row.
module hg_topk_scan #(
  /// Keys a row; a power of two, 1 to 64.
  parameter int Lanes = 16,
  /// Bits of the leading digits that are known, 1 and up.
  parameter int PrefixW = 4,
  /// Bits of the digit to find, 1 to 6.
  parameter int DigitW = 4,
  /// Bits of a row index.
  parameter int RowW = 6,
  /// Bits of a count.
  parameter int CntW = 11,
  /// Derived: bits of a row's key count.
  localparam int TailW = hg_pkg::cnt_width(Lanes),
  /// Derived: bits of a key that matter here, and of the result's prefix.
  localparam int NeedW = PrefixW + DigitW
) (
  input  logic                     clk_i,
  input  logic                     rst_ni,
  // Query in: rank still counts the `above` keys that lie over the known digits.
  input  logic                     req_valid_i,
  output logic                     req_ready_o,
  input  logic [RowW-1:0]          req_last_row_i,
  input  logic [TailW-1:0]         req_tail_i,
  input  logic [CntW-1:0]          req_count_i,
  input  logic [CntW-1:0]          req_rank_i,
  input  logic [CntW-1:0]          req_above_i,
  input  logic [PrefixW-1:0]       req_prefix_i,
  // Two rows a read, data one cycle later.
  output logic                     rd_en_o,
  output logic [RowW-1:0]          rd_row_o,
  output logic                     rd_last_o,
  input  logic [2*Lanes*NeedW-1:0] rd_data_i,
  // Query out.
  output logic                     rsp_valid_o,
  input  logic                     rsp_ready_i,
  output logic [RowW-1:0]          rsp_last_row_o,
  output logic [TailW-1:0]         rsp_tail_o,
  output logic [CntW-1:0]          rsp_count_o,
  output logic [CntW-1:0]          rsp_rank_o,
  output logic [CntW-1:0]          rsp_above_o,
  output logic [NeedW-1:0]         rsp_prefix_o
);

  logic               busy_q, reading_q, started_q;
  logic               data_valid_q, data_first_q, data_last_q;
  logic [RowW-1:0]    row_q, last_row_q;
  logic [TailW-1:0]   tail_q;
  logic [CntW-1:0]    count_q, rank_q, above_q;
  logic [PrefixW-1:0] prefix_q;
  logic               accept, take;

  assign req_ready_o = !busy_q;
  assign accept      = req_valid_i && !busy_q;
  assign take        = rsp_valid_o && rsp_ready_i;

  // The first read leaves in the cycle of acceptance: the rows are there while the threshold
  // digit that the comparison needs is being registered.
  assign rd_en_o   = accept || reading_q;
  assign rd_row_o  = reading_q ? row_q : '0;
  assign rd_last_o = reading_q ? (row_q | RowW'(1)) == (last_row_q | RowW'(1))
                               : (req_last_row_i | RowW'(1)) == RowW'(1);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      busy_q       <= 1'b0;
      reading_q    <= 1'b0;
      started_q    <= 1'b0;
      data_valid_q <= 1'b0;
    end else begin
      busy_q       <= accept || (busy_q && !take);
      reading_q    <= rd_en_o && !rd_last_o;
      started_q    <= accept;
      data_valid_q <= rd_en_o;
    end
  end

  always_ff @(posedge clk_i) begin
    if (accept) begin
      last_row_q <= req_last_row_i;
      tail_q     <= req_tail_i;
      count_q    <= req_count_i;
      above_q    <= req_above_i;
      prefix_q   <= req_prefix_i;
    end
    // The subtraction has a cycle of its own: it is not needed before the counts are.
    if (accept) rank_q <= req_rank_i;
    else if (started_q) rank_q <= rank_q - above_q;
    row_q        <= rd_row_o + RowW'(2);
    data_first_q <= accept;
    data_last_q  <= rd_last_o;
  end

  // The last read may hold one row only, and its last row may be partial.
  logic [2*Lanes-1:0]        live, active;
  logic [2*Lanes*DigitW-1:0] digit;

  for (genvar i = 0; i < Lanes; i++) begin : gen_live
    assign live[i]       = !data_last_q || last_row_q[0] || TailW'(i) < tail_q;
    assign live[Lanes+i] = !data_last_q || (last_row_q[0] && TailW'(i) < tail_q);
  end

  for (genvar i = 0; i < 2 * Lanes; i++) begin : gen_match
    assign active[i] = live[i] && rd_data_i[i*NeedW+DigitW +: PrefixW] == prefix_q;
    assign digit[i*DigitW +: DigitW] = rd_data_i[i*NeedW +: DigitW];
  end

  logic [DigitW-1:0] find_digit;

  hg_topk_rank #(
    .Lanes  (2 * Lanes),
    .DigitW (DigitW),
    .CntW   (CntW)
  ) u_rank (
    .clk_i,
    .rst_ni,
    .beat_valid_i  (data_valid_q),
    .beat_first_i  (data_first_q),
    .beat_last_i   (data_last_q),
    .beat_active_i (active),
    .beat_digit_i  (digit),
    .rank_i        (rank_q),
    .find_valid_o  (rsp_valid_o),
    .find_ready_i  (rsp_ready_i),
    .find_digit_o  (find_digit),
    .find_above_o  (rsp_above_o)
  );

  assign rsp_last_row_o = last_row_q;
  assign rsp_tail_o     = tail_q;
  assign rsp_count_o    = count_q;
  assign rsp_rank_o     = rank_q;
  assign rsp_prefix_o   = {prefix_q, find_digit};

`ifdef HG_FORMAL
  // One answer a query, its rows read once each and none beyond its last.
  logic            f_seen_q, f_waits_q, f_busy_q;
  logic [RowW-1:0] f_last_row_q, f_last_row;
  logic [RowW:0]   f_pairs_q;
  logic [RowW+TailW+3*CntW+NeedW-1:0] f_rsp, f_rsp_q;

  initial f_seen_q = 1'b0;
  always @(posedge clk_i) f_seen_q <= 1'b1;
  assign f_rsp = {rsp_last_row_o, rsp_tail_o, rsp_count_o, rsp_rank_o, rsp_above_o, rsp_prefix_o};
  assign f_last_row = f_busy_q ? f_last_row_q : req_last_row_i;

  always_comb begin
    assume (rst_ni == f_seen_q);
    if (req_valid_i) begin
      assume (32'(req_tail_i) <= Lanes);
      assume (req_rank_i == '0 || req_above_i < req_rank_i);
      assume (req_rank_i != '0 || req_above_i == '0);
    end
  end

  always @(posedge clk_i) begin
    f_rsp_q <= f_rsp;
    if (!rst_ni) begin
      f_busy_q  <= 1'b0;
      f_waits_q <= 1'b0;
      f_pairs_q <= '0;
    end else begin
      f_waits_q <= rsp_valid_o && !rsp_ready_i;
      if (accept) f_busy_q <= 1'b1;
      else if (take) f_busy_q <= 1'b0;
      if (accept) f_last_row_q <= req_last_row_i;
      if (take) f_pairs_q <= '0;
      else if (rd_en_o) f_pairs_q <= f_pairs_q + (RowW + 1)'(1);
    end
    if (rst_ni) begin
      assert (req_ready_o == !f_busy_q);
      if (rsp_valid_o) assert (f_busy_q);
      if (rd_en_o) begin
        assert (rd_row_o <= f_last_row && !rd_row_o[0]);
        assert ({1'b0, rd_row_o >> 1} == f_pairs_q);
        assert (rd_last_o == (rd_row_o >> 1 == f_last_row >> 1));
      end
      if (rsp_valid_o) begin
        assert (f_pairs_q == {1'b0, f_last_row_q >> 1} + (RowW + 1)'(1));
        assert (rsp_last_row_o == f_last_row_q);
        assert (rsp_rank_o == '0 || rsp_above_o < rsp_rank_o);
      end
      if (f_waits_q) assert (rsp_valid_o && f_rsp == f_rsp_q);
      cover (rsp_valid_o && f_pairs_q == (RowW + 1)'(2));
    end
  end
`endif

endmodule

`default_nettype wire
