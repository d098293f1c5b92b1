// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Counts the winners of each query and the values that were asked for.
///
/// Three steps behind a row that leaves: of the row, times the planes, of the query. `valid_o`
/// comes with the counts of a query, three cycles behind its last row.
module hg_attention_value_counts #(
  /// Keys a row, 1 and up.
  parameter int Tokens = 1,
  /// Bits of a count of keys, 4 and up.
  parameter int TokW = 11,
  /// Bits of a record's number, 1 and up.
  parameter int RecW = 3
) (
  input  logic              clk_i,
  input  logic              rst_ni,
  // A row leaves: whether its query's first and last, the winners and those asked for.
  input  logic              leave_i,
  input  logic              first_i,
  input  logic              last_i,
  input  logic [RecW-1:0]   tag_i,
  input  logic [Tokens-1:0] select_i,
  input  logic [Tokens-1:0] missing_i,
  input  logic [1:0]        v_count_i,
  output logic              valid_o,
  output logic [RecW-1:0]   record_o,
  output logic [TokW-1:0]   selected_o,
  output logic [15:0]       fetched_o
);

  localparam int CountW = hg_pkg::cnt_width(Tokens);

  logic [1:0]        more_q, first_more_q;
  logic [2:0]        end_q;
  logic [3*RecW-1:0] end_tag_q;
  logic [CountW-1:0] selected_row_d, selected_row_q, selected_more_q, fetched_row_d, fetched_row_q;
  logic [CountW+1:0] fetched_d, fetched_more_q;
  logic [1:0]        row_count_q;
  logic [TokW-1:0]   selected_q;
  logic [15:0]       fetched_q;

  always_comb begin
    fetched_d = {2'b00, fetched_row_q};
    if (row_count_q == 2'd2) fetched_d = {1'b0, fetched_row_q, 1'b0};
    if (row_count_q == 2'd3) fetched_d = {2'b00, fetched_row_q} + {1'b0, fetched_row_q, 1'b0};
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      more_q <= '0;
      end_q  <= '0;
    end else begin
      more_q <= {more_q[0], leave_i};
      end_q  <= {end_q[1:0], leave_i && last_i};
    end
  end

  always_comb begin
    selected_row_d = '0;
    fetched_row_d  = '0;
    for (int t = 0; t < Tokens; t++) begin
      selected_row_d = selected_row_d + CountW'(select_i[t]);
      fetched_row_d  = fetched_row_d + CountW'(missing_i[t]);
    end
  end

  always_ff @(posedge clk_i) begin
    selected_row_q  <= selected_row_d;
    selected_more_q <= selected_row_q;
    fetched_row_q   <= fetched_row_d;
    fetched_more_q  <= fetched_d;
    first_more_q    <= {first_more_q[0], first_i};
    row_count_q     <= v_count_i;
    end_tag_q       <= {end_tag_q[2*RecW-1:0], tag_i};
    if (more_q[1]) begin
      selected_q <= (first_more_q[1] ? '0 : selected_q) + TokW'(selected_more_q);
      fetched_q  <= (first_more_q[1] ? '0 : fetched_q) + 16'(fetched_more_q);
    end
  end

  assign valid_o    = end_q[2];
  assign record_o   = end_tag_q[2*RecW +: RecW];
  assign selected_o = selected_q;
  assign fetched_o  = fetched_q;

endmodule

`default_nettype wire
