// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Finds the address of a beat whose response is not OKAY.
///
/// The addresses of bursts that were asked for lie in a memory by their number; an error response
/// reads it. `error_o` follows the beat by two cycles, with the response and the beat's address.
module hg_vector_fault #(
  /// Bits of a beat.
  parameter int DataW = 512,
  /// Most bursts in flight.
  parameter int Beats = 64
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  // A burst was asked for.
  input  logic        asked_i,
  input  logic [63:0] address_i,
  // A beat came.
  input  logic        came_i,
  input  logic [1:0]  resp_i,
  input  logic        last_i,
  // One of them was an error.
  output logic        error_o,
  output logic [1:0]  error_code_o,
  output logic [63:0] error_address_o
);

  localparam int PtrW    = hg_pkg::idx_width(Beats);
  localparam int LogBeat = $clog2(DataW / 8);
  localparam int AddrW   = 64 - LogBeat;
  localparam int PageW   = 12 - LogBeat;

  logic [PtrW-1:0]  wr_q, rd_q;
  logic [PageW-1:0] beat_q, bad_beat_q;
  logic             bad, bad_q, error_q;
  logic [1:0]       bad_code_q, error_code_q;
  logic [AddrW-1:0] address, error_address_q;
  logic             unused_low;

  assign bad        = came_i && resp_i != 2'b00;
  assign unused_low = ^address_i[LogBeat-1:0];

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      wr_q    <= '0;
      rd_q    <= '0;
      beat_q  <= '0;
      bad_q   <= 1'b0;
      error_q <= 1'b0;
    end else begin
      if (asked_i) wr_q <= (wr_q == PtrW'(Beats - 1)) ? '0 : wr_q + PtrW'(1);
      if (came_i && last_i) rd_q <= (rd_q == PtrW'(Beats - 1)) ? '0 : rd_q + PtrW'(1);
      if (came_i) beat_q <= last_i ? '0 : beat_q + PageW'(1);
      bad_q   <= bad;
      error_q <= bad_q;
    end
  end

  hg_ram_1r1w #(
    .Width        (AddrW),
    .DepthEntries (Beats)
  ) u_asked (
    .clk_i,
    .wr_en_i   (asked_i),
    .wr_addr_i (wr_q),
    .wr_data_i (address_i[63:LogBeat]),
    .rd_en_i   (bad),
    .rd_addr_i (rd_q),
    .rd_data_o (address)
  );

  // A burst does not leave its page.
  always_ff @(posedge clk_i) begin
    bad_beat_q      <= beat_q;
    bad_code_q      <= resp_i;
    error_code_q    <= bad_code_q;
    error_address_q <= {address[AddrW-1:PageW], address[PageW-1:0] + bad_beat_q};
  end

  assign error_o         = error_q;
  assign error_code_o    = error_code_q;
  assign error_address_o = {error_address_q, {LogBeat{1'b0}}};

endmodule

`default_nettype wire
