// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Cuts ranges of bytes into AXI bursts of whole beats.
///
/// Each burst is as long as it can be: it ends with the range, with a page of 4096 bytes or with
/// `Burst` beats, so that no burst crosses a page by construction. Every beat holds a byte of the
/// range. A burst leaves per cycle, also from one range to the next; the first one of a range
/// leaves in the third cycle after the range came. The range must not go beyond 2^64. Bursts leave
/// through an hg_skid_buffer, so that `in_ready_o` does not depend on `out_ready_i`.
module hg_axi_burst #(
  /// Bits of a beat: a power of two, 16 to 1024.
  parameter int DataW = 64,
  /// Most beats of a burst: 1 to 256.
  parameter int Burst = 16,
  /// Bits of the bytes of a range less one: 8 to 27.
  parameter int BytesW = 20
) (
  input  logic              clk_i,
  input  logic              rst_ni,
  input  logic              in_valid_i,
  output logic              in_ready_o,
  input  logic [63:0]       in_addr_i,
  input  logic [BytesW-1:0] in_bytes_m1_i,
  input  logic              in_last_i,
  output logic              out_valid_o,
  input  logic              out_ready_i,
  output logic [63:0]       out_addr_o,
  output logic [7:0]        out_len_o,
  output logic              out_last_o
);

  if (DataW < 16 || DataW > 1024 || 2 ** $clog2(DataW) != DataW) begin : gen_illegal_width
    ERROR_hg_axi_burst_DataW_must_be_a_power_of_two_from_16_to_1024 u_illegal ();
  end
  if (Burst < 1 || Burst > 256 || BytesW < 8 || BytesW > 27) begin : gen_illegal
    ERROR_hg_axi_burst_Burst_must_be_1_to_256_and_BytesW_8_to_27 u_illegal ();
  end

  // Bits of the place of a byte in a beat, beats of a page, bits of the beats of a range.
  localparam int Shift   = hg_pkg::idx_width(DataW / 8);
  localparam int InPage  = 4096 / (DataW / 8);
  localparam int InPageW = hg_pkg::idx_width(InPage);
  localparam int BeatsW  = BytesW + 1;
  // What a burst that begins a page can have at most.
  localparam int Most = (Burst < InPage) ? Burst : InPage;

  // A page's number is cut here: a range goes over a multiple of 2^28 at most once.
  localparam int HighAt = 28;

  // Whether a burst from a place of a page on ends with the page, if the range does not end it.
  function automatic logic closes_page(input logic [InPageW-1:0] from);
    closes_page = 32'(from) + 32'(Most) >= 32'(InPage);
  endfunction

  // The same of the burst behind one that does not.
  function automatic logic closes_next(input logic [InPageW-1:0] from);
    closes_next = 32'(from) + 32'(2 * Most) >= 32'(InPage);
  endfunction

  // Beats less one of a burst that ends with the page or has the most beats.
  function automatic logic [7:0] limit(input logic [7:0] from, input logic closes);
    // The beats of a page are a power of two: what is left of it is the complement.
    limit = closes ? 8'(InPage - 1) ^ from : 8'(Most - 1);
  endfunction

  // A range as it came, its beats counted.
  logic              range_valid_q, range_last_q, range_ready;
  logic [63:Shift]   range_addr_q;
  logic [BeatsW-1:0] range_left_q, reach, beats_m1;

  assign in_ready_o = !range_valid_q || range_ready;

  assign reach    = BeatsW'(in_addr_i[Shift-1:0]) + BeatsW'(in_bytes_m1_i);
  assign beats_m1 = BeatsW'(reach[BeatsW-1:Shift]);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) range_valid_q <= 1'b0;
    else if (in_ready_o) range_valid_q <= in_valid_i;
  end

  always_ff @(posedge clk_i) begin
    if (in_ready_o) begin
      range_addr_q <= in_addr_i[63:Shift];
      range_left_q <= beats_m1;
      range_last_q <= in_last_i;
    end
  end

  // The number above the range's, by halves.
  logic [63:HighAt] above;
  logic [17:0]      above_low, above_high;
  assign above_low  = range_addr_q[HighAt+:18] + 18'd1;
  assign above_high = range_addr_q[63-:18] + 18'd1;
  assign above      = {(above_low == '0) ? above_high : range_addr_q[63-:18], above_low};

  // What is left of the range that is being cut.
  logic                cut_valid_q, cut_last_q, cut_ready, ends, closes, closes_q;
  logic [63:HighAt]    high_q, above_q;
  logic [HighAt-1:12]  page_q, next_page;
  logic [InPageW-1:0]  place_q, place;
  logic [BeatsW-1:0]   left_q;
  logic [7:0]          limit_q, len;

  assign ends        = left_q <= BeatsW'(limit_q);
  assign range_ready = !cut_valid_q || (cut_ready && ends);
  assign len         = ends ? left_q[7:0] : limit_q;
  assign closes      = closes_q ? closes_page('0) : closes_next(place_q);
  assign place       = closes_q ? '0 : place_q + InPageW'(Most);
  assign next_page   = page_q + (HighAt - 12)'(1);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) cut_valid_q <= 1'b0;
    else if (range_ready) cut_valid_q <= range_valid_q;
  end

  always_ff @(posedge clk_i) begin
    if (range_ready) begin
      high_q     <= range_addr_q[63:HighAt];
      above_q    <= above;
      page_q     <= range_addr_q[HighAt-1:12];
      place_q    <= range_addr_q[11:Shift];
      left_q     <= range_left_q;
      limit_q    <= limit(8'(range_addr_q[11:Shift]), closes_page(range_addr_q[11:Shift]));
      closes_q   <= closes_page(range_addr_q[11:Shift]);
      cut_last_q <= range_last_q;
    end else if (cut_ready) begin
      if (closes_q) page_q <= next_page;
      if (closes_q && next_page == '0) high_q <= above_q;
      place_q  <= place;
      left_q   <= left_q - BeatsW'(limit_q) - BeatsW'(1);
      limit_q  <= limit(8'(place), closes);
      closes_q <= closes;
    end
  end

  hg_skid_buffer #(.Width(64 - Shift + 9)) u_out (
    .clk_i,
    .rst_ni,
    .in_valid_i  (cut_valid_q),
    .in_ready_o  (cut_ready),
    .in_data_i   ({cut_last_q && ends, len, high_q, page_q, place_q}),
    .out_valid_o,
    .out_ready_i,
    .out_data_o  ({out_last_o, out_len_o, out_addr_o[63:Shift]})
  );

  assign out_addr_o[Shift-1:0] = '0;

  logic unused_reach;
  assign unused_reach = &reach[Shift-1:0];

`ifdef HG_FORMAL
  // What goes into the skid buffer, which has proofs of its own. The last beat of each range goes
  // along with it. Beats are counted by their addresses.
  localparam int BeatW = 64 - Shift;
  logic             f_seen_q, f_mid_q;
  logic [BeatW-1:0] f_range_end_q, f_cut_end_q, f_behind_q;
  wire [BeatW-1:0]  f_cut   = {high_q, page_q, place_q};
  wire [BeatW:0]    f_reach = {1'b0, in_addr_i[63:Shift]} + (BeatW + 1)'(beats_m1);
  wire              f_final = f_cut + BeatW'(len) == f_cut_end_q;
  wire              f_taken = cut_valid_q && cut_ready;
  // Pages until the next multiple of 2^28, and those of the range after this one.
  wire [31:0]       f_pages = 32'({1'b1, {(HighAt-12){1'b0}}}) - 32'(page_q);
  wire [31:0]       f_more  = (32'(place_q) + 32'(left_q)) / 32'(InPage);

  initial f_seen_q = 1'b0;
  always @(posedge clk_i) f_seen_q <= 1'b1;
  always_comb begin
    assume (rst_ni == f_seen_q);
    // No range goes beyond the address space.
    if (in_valid_i) assume (!f_reach[BeatW]);
  end

  always @(posedge clk_i) begin
    if (in_ready_o) f_range_end_q <= f_reach[BeatW-1:0];
    if (range_ready) f_cut_end_q <= f_range_end_q;
    if (!rst_ni) begin
      f_mid_q <= 1'b0;
    end else if (f_taken) begin
      f_mid_q    <= !f_final;
      f_behind_q <= f_cut + BeatW'(len) + BeatW'(1);
    end
    if (rst_ni) begin
      if (cut_valid_q) begin
        // Within a page, as long as allowed, and within the range.
        assert (32'(place_q) + 32'(len) < InPage);
        assert (32'(len) < Burst);
        assert (f_cut_end_q - f_cut >= BeatW'(len) && f_cut <= f_cut_end_q);
        assert (ends == f_final);
        // One behind the other.
        if (f_mid_q) assert (f_cut == f_behind_q);
        // As long as can be.
        if (!f_final) assert (32'(len) == Burst - 1 || 32'(place_q) + 32'(len) == InPage - 1);
        // What induction needs to know.
        assert (f_cut_end_q - f_cut == BeatW'(left_q));
        assert (closes_q == closes_page(place_q) && limit_q == limit(8'(place_q), closes_q));
        // Where a multiple of 2^28 is to come, the number behind it is there.
        if (f_more >= f_pages) assert (above_q == high_q + (64 - HighAt)'(1));
      end
      if (!cut_valid_q) assert (!f_mid_q);
      if (range_valid_q) begin
        assert (range_addr_q <= f_range_end_q);
        assert (f_range_end_q - range_addr_q == BeatW'(range_left_q));
      end
      cover (f_taken && f_mid_q && f_final);
    end
  end
`endif

endmodule

`default_nettype wire
