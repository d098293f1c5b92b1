// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Counts what has arrived.
///
/// V and refinement requests are counted as they are granted by those who make them, and here as
/// they arrive (`v_arrived_o`, `k_arrived_o`, modulo 2**ArrivalW). Both consumers take their rows
/// in the order of the requests, so a row may be used as soon as the count of arrivals has reached
/// the count of requests at the time it was looked up. For the K stream the rows that are there
/// with all planes are counted for each job. Counts follow a write by two cycles, so a row that is
/// counted may be read.
module hg_attention_arrivals #(
  /// Bits of a count of rows, 1 and up.
  parameter int RowsW = 11,
  /// Jobs in flight: a power of two, 4 to 64.
  parameter int Jobs = 8,
  /// Derived: bits of a job's place.
  localparam int JobW = hg_pkg::idx_width(Jobs),
  /// Derived: bits of a count of arrivals.
  localparam int ArrivalW = hg_attention_pkg::ARRIVAL_W
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  // A job takes a place, whose rows start from 0.
  input  logic                take_i,
  input  logic [JobW-1:0]     take_place_i,
  // A plane of V arrives, one of a refinement, or the last one of a row of the stream.
  input  logic                value_i,
  input  logic                refine_i,
  input  logic                row_i,
  input  logic [JobW-1:0]     row_job_i,
  output logic [ArrivalW-1:0] v_arrived_o,
  output logic [ArrivalW-1:0] k_arrived_o,
  output logic [Jobs*RowsW-1:0] rows_arrived_o
);

  logic [ArrivalW-1:0] v_arrived_q, k_arrived_q;
  logic                v_landed_q, k_landed_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      v_landed_q  <= 1'b0;
      k_landed_q  <= 1'b0;
      v_arrived_q <= '0;
      k_arrived_q <= '0;
    end else begin
      v_landed_q <= value_i;
      k_landed_q <= refine_i;
      if (v_landed_q) v_arrived_q <= v_arrived_q + ArrivalW'(1);
      if (k_landed_q) k_arrived_q <= k_arrived_q + ArrivalW'(1);
    end
  end

  assign v_arrived_o = v_arrived_q;
  assign k_arrived_o = k_arrived_q;

  for (genvar p = 0; p < Jobs; p++) begin : gen_place
    logic [RowsW-1:0] rows_q;
    logic             landed_q;
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        landed_q <= 1'b0;
        rows_q   <= '0;
      end else begin
        landed_q <= row_i && row_job_i == JobW'(p);
        if (take_i && take_place_i == JobW'(p)) rows_q <= '0;
        else if (landed_q) rows_q <= rows_q + RowsW'(1);
      end
    end
    assign rows_arrived_o[p*RowsW +: RowsW] = rows_q;
  end

endmodule

`default_nettype wire
