// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Takes the beats of a stream reader's rows from its buffer and turns each round, so that the
/// bytes of the row begin with byte 0: the first half of aligning them; hg_stream_words has the
/// other.
///
/// A beat per cycle, one cycle of latency. Of each beat it says whether it is the first or last one
/// of its row, whether the row lies across the bytes of words (`split`: it does not begin with byte
/// 0 and has several beats), and whether a word follows that the last beat alone fills (`tail`).
/// With the last beat of a command comes its code: 0, or that of the first response that was an
/// error (4 plus its two bits). A command that was refused passes as `skip` with its code, and no
/// beat is taken. `error_o` is set in the cycle behind the one in which a beat with an error is
/// taken.
module hg_stream_beats #(
  /// Bits of a beat: a power of two, 64 to 512.
  parameter int DataW = 64,
  /// Derived: bits of the place of a byte in a beat.
  localparam int PlaceW = hg_pkg::idx_width(DataW / 8),
  /// Derived: bits of what is said of a beat: see `out_about_o`.
  localparam int AboutW = 2 * PlaceW + 9
) (
  input  logic              clk_i,
  input  logic              rst_ni,
  input  logic              row_valid_i,
  output logic              row_ready_o,
  input  logic [63:0]       row_addr_i,
  input  logic [19:0]       row_bytes_m1_i,
  input  logic              row_last_i,
  input  logic [2:0]        row_code_i,
  input  logic              beat_valid_i,
  output logic              beat_ready_o,
  input  logic [DataW-1:0]  beat_data_i,
  input  logic [1:0]        beat_resp_i,
  output logic              out_valid_o,
  input  logic              out_ready_i,
  output logic [DataW-1:0]  out_data_o,
  /// From the top: skip, first, last, split, tail, end of the command, code, the place of the row's
  /// first byte, the bytes of its last word less one.
  output logic [AboutW-1:0] out_about_o,
  output logic              error_o,
  output logic [1:0]        error_resp_o,
  output logic [63:0]       error_addr_o
);

  // An address is cut here: a row goes over a multiple of 2^28 at most once.
  localparam int HighAt = 28;

  // The row whose beats are taken.
  logic              valid_q, first_q, final_q, skip_q, split_q, tail_q, last_q;
  logic [63:HighAt]     high_q;
  logic [HighAt-1:PlaceW] low_q;
  logic              over_q;
  logic [20:0]       reach;
  logic [20:PlaceW]  left_q;
  logic [PlaceW-1:0] place_q, bytes_m1_q, place, bytes_m1;
  logic [PlaceW:0]   spill;
  // The code of the command so far.
  logic [2:0]        code_q, code;
  logic              fresh, step, out_ready;

  assign place    = row_addr_i[PlaceW-1:0];
  assign bytes_m1 = row_bytes_m1_i[PlaceW-1:0];
  assign reach    = 21'(place) + 21'(row_bytes_m1_i);
  // Whether the last bytes of the row lie in a beat of their own.
  assign spill    = {1'b0, place} + {1'b0, bytes_m1};

  assign step         = valid_q && out_ready && (skip_q || beat_valid_i);
  assign beat_ready_o = valid_q && out_ready && !skip_q;
  assign row_ready_o  = !valid_q || (step && final_q);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid_q <= 1'b0;
    else if (row_ready_o) valid_q <= row_valid_i;
  end

  always_ff @(posedge clk_i) begin
    if (row_ready_o) begin
      first_q    <= 1'b1;
      final_q    <= reach[20:PlaceW] == '0 || row_code_i != 3'd0;
      skip_q     <= row_code_i != 3'd0;
      split_q    <= place != '0 && reach[20:PlaceW] != '0;
      tail_q     <= place != '0 && reach[20:PlaceW] != '0 && !spill[PlaceW];
      last_q     <= row_last_i;
      high_q     <= row_addr_i[63:HighAt];
      low_q      <= row_addr_i[HighAt-1:PlaceW];
      over_q     <= 1'b0;
      left_q     <= reach[20:PlaceW];
      place_q    <= place;
      bytes_m1_q <= bytes_m1;
    end else if (step) begin
      first_q <= 1'b0;
      final_q <= left_q == (21 - PlaceW)'(1);
      left_q  <= left_q - (21 - PlaceW)'(1);
      low_q   <= low_q + (HighAt - PlaceW)'(1);
      over_q  <= over_q || low_q == '1;
    end
  end

  // The code goes with the row of a refused command; otherwise it begins anew with each command.
  logic [2:0] refused_q;
  assign fresh = code_q == 3'd0;
  assign code  = skip_q ? refused_q
                        : (fresh && beat_resp_i != 2'd0) ? {1'b1, beat_resp_i} : code_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) code_q <= 3'd0;
    else if (step) code_q <= (final_q && last_q) ? 3'd0 : code;
  end

  always_ff @(posedge clk_i) begin
    if (row_ready_o) refused_q <= row_code_i;
  end

  // The beat that failed; what is above the cut goes up in the cycle behind it.
  logic                   error_q, error_over_q;
  logic [1:0]             error_resp_q;
  logic [63:HighAt]       error_high_q;
  logic [HighAt-1:PlaceW] error_low_q;
  logic [17:0]            above_low, above_high;
  logic                   over_low;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) error_q <= 1'b0;
    else error_q <= step && !skip_q && beat_resp_i != 2'd0;
  end

  always_ff @(posedge clk_i) begin
    error_resp_q <= beat_resp_i;
    error_high_q <= high_q;
    error_low_q  <= low_q;
    error_over_q <= over_q;
  end

  assign over_low     = error_over_q && error_high_q[HighAt+:18] == '1;
  assign above_low    = error_high_q[HighAt+:18] + 18'(error_over_q);
  assign above_high   = error_high_q[63-:18] + 18'(over_low);
  assign error_o      = error_q;
  assign error_resp_o = error_resp_q;
  assign error_addr_o = {above_high, above_low, error_low_q, {PlaceW{1'b0}}};

  logic [DataW-1:0]  turned, data_q;
  logic [AboutW-1:0] about_q;
  logic              out_valid_q;

  hg_stream_rotate #(.DataW(DataW)) u_rotate (
    .data_i   (beat_data_i),
    .amount_i (place_q),
    .data_o   (turned)
  );

  assign out_ready = !out_valid_q || out_ready_i;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) out_valid_q <= 1'b0;
    else if (out_ready) out_valid_q <= step;
  end

  always_ff @(posedge clk_i) begin
    if (out_ready) begin
      data_q  <= turned;
      about_q <= {skip_q, first_q, final_q, split_q, tail_q, last_q && final_q, code, place_q,
                  bytes_m1_q};
    end
  end

  assign out_valid_o = out_valid_q;
  assign out_data_o  = data_q;
  assign out_about_o = about_q;

  logic unused_spill;
  assign unused_spill = &{spill[PlaceW-1:0], reach[PlaceW-1:0]};

endmodule

`default_nettype wire
