// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Gathers the winners of each query by lane, so that a row carries as many values as it can.
///
/// Gathered row i holds the i-th winner of every lane that has so many; each lane names a row of
/// its own. A query becomes as many gathered rows as its fullest lane has winners, or one empty row
/// if it has none. What a gathered row holds depends on the winners alone, never on when they come.
///
/// A lane is a FIFO as long as a query, so that one lane may hold all winners; each entry carries
/// the number of its query, of which four may be inside. A row leaves as soon as every lane offers
/// a winner of its query and a further row is known to follow, or when the whole query is in. A row
/// enters and one leaves per cycle, four cycles behind its last winner at the earliest.
module hg_attention_gather #(
  /// Lanes, 2 and up.
  parameter int Tokens = 8,
  /// Rows of a query at most, 1 and up.
  parameter int Rows = 128,
  /// Bits of an address of the V buffer, 1 and up.
  parameter int AddrW = 8,
  /// Bits of a job's place, 1 and up.
  parameter int JobW = 3,
  /// Derived: bits of a row's number.
  localparam int RowW = hg_pkg::idx_width(Rows),
  /// Derived: bits of a probability.
  localparam int ProbW = hg_attention_pkg::PROB_W
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,
  // A row of a query, in order: its winners, those that are not held, and their weights. The
  // address is that of the row in the V buffer; the job's fields are read with the first row.
  input  logic                    in_valid_i,
  output logic                    in_ready_o,
  input  logic                    in_first_i,
  input  logic                    in_last_i,
  input  logic [JobW-1:0]         in_job_i,
  input  logic [1:0]              in_v_count_i,
  input  logic [RowW-1:0]         in_row_i,
  input  logic [AddrW-1:0]        in_addr_i,
  input  logic [Tokens-1:0]       in_select_i,
  input  logic [Tokens-1:0]       in_missing_i,
  input  logic [Tokens*ProbW-1:0] in_weight_i,
  // A gathered row: a row and an address for each lane; the weight of a lane without winner is 0.
  output logic                    out_valid_o,
  input  logic                    out_ready_i,
  output logic                    out_first_o,
  output logic                    out_last_o,
  output logic                    out_any_o,
  output logic [JobW-1:0]         out_job_o,
  output logic [1:0]              out_v_count_o,
  output logic [Tokens*RowW-1:0]  out_row_o,
  output logic [Tokens*AddrW-1:0] out_addr_o,
  output logic [Tokens-1:0]       out_missing_o,
  output logic [Tokens*ProbW-1:0] out_weight_o
);

  if (Tokens < 2 || Rows < 1) begin : gen_illegal
    ERROR_hg_attention_gather_Tokens_must_be_at_least_2_and_Rows_positive u_illegal ();
  end

  // Queries inside, whose numbers wrap.
  localparam int Queries = 4;
  localparam int NumberW = 2;
  localparam int RowsW   = hg_pkg::cnt_width(Rows);
  localparam int EntryW  = NumberW + 1 + RowW + ProbW;
  localparam int Depth   = (Rows < 4) ? 4 : Rows;
  // Cycles by which a lane's FIFO is slower than that of the closed queries.
  localparam int Behind  = 2;

  // In: a query is opened with its first row and closed with its last one.
  logic [NumberW-1:0]       in_number_q, out_number_q;
  logic [Tokens-1:0]        lane_ready, fullest, offered, offers;
  logic [RowsW-1:0]         rows_q, rows_d;
  logic                     open_ready, push, closed, emit, leave;
  logic [2:0]               unused_open, unused_close;

  assign in_ready_o = (&lane_ready) && (open_ready || !in_first_i);
  assign push       = in_valid_i && in_ready_o;
  // The fullest lane grows by at most one.
  assign rows_d     = rows_q + RowsW'((fullest & in_select_i) != '0);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      in_number_q  <= '0;
      out_number_q <= '0;
      rows_q       <= '0;
    end else begin
      if (push) rows_q <= in_last_i ? '0 : rows_d;
      if (push && in_last_i) in_number_q <= in_number_q + NumberW'(1);
      if (leave) out_number_q <= out_number_q + NumberW'(1);
    end
  end

  // What is known of the oldest query: with its first row, and with its last one.
  logic             open_valid, close_valid, close_ready;
  logic [JobW-1:0]  job;
  logic [1:0]       v_count;
  logic [AddrW-1:0] base;
  logic [RowsW-1:0] rows, closed_rows;

  hg_fifo #(
    .Width        (JobW + 2 + AddrW),
    .DepthEntries (Queries)
  ) u_open (
    .clk_i,
    .rst_ni,
    .in_valid_i  (push && in_first_i),
    .in_ready_o  (open_ready),
    .in_data_i   ({in_job_i, in_v_count_i, in_addr_i}),
    .out_valid_o (open_valid),
    .out_ready_i (leave),
    .out_data_o  ({job, v_count, base}),
    .used_o      (unused_open)
  );

  // No earlier than the last winners are offered.
  hg_delay_valid #(
    .Cycles (Behind)
  ) u_closed (
    .clk_i,
    .rst_ni,
    .valid_i (push && in_last_i),
    .valid_o (closed)
  );
  hg_delay #(
    .Width  (RowsW),
    .Cycles (Behind)
  ) u_closed_rows (
    .clk_i,
    .data_i (rows_d),
    .data_o (closed_rows)
  );
  hg_fifo #(
    .Width        (RowsW),
    .DepthEntries (Queries)
  ) u_close (
    .clk_i,
    .rst_ni,
    .in_valid_i  (closed),
    .in_ready_o  (close_ready),
    .in_data_i   (closed_rows),
    .out_valid_o (close_valid),
    .out_ready_i (leave),
    .out_data_o  (rows),
    .used_o      (unused_close)
  );

  // Out.
  logic             out_valid_q, out_first_q, out_last_q, out_any_q, load, follows, last;
  logic [JobW-1:0]  out_job_q;
  logic [1:0]       out_v_count_q;
  logic [RowsW-1:0] index_q, index_next;

  assign index_next = index_q + RowsW'(1);
  // Some lane has had more winners than these. (Between a query's last row and the cycle in which
  // that is known here, the next one has at most one row, which nothing of this one precedes.)
  assign follows    = index_next < rows_q;
  assign load       = !out_valid_q || out_ready_i;
  assign emit       = load && (close_valid || ((&offers) && follows));
  assign last       = close_valid && (index_next == rows || rows == '0);
  assign leave      = emit && last;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      out_valid_q <= 1'b0;
      index_q     <= '0;
    end else begin
      if (load) out_valid_q <= emit;
      if (leave) index_q <= '0;
      else if (emit) index_q <= index_next;
    end
  end

  always_ff @(posedge clk_i) begin
    if (load) begin
      out_first_q   <= index_q == '0;
      out_last_q    <= last;
      out_any_q     <= !close_valid || rows != '0;
      out_job_q     <= job;
      out_v_count_q <= v_count;
    end
  end

  for (genvar t = 0; t < Tokens; t++) begin : gen_lane
    // Winners of the query that enters.
    logic [RowsW-1:0]   count_q;
    logic [NumberW-1:0] number;
    logic               missing, missing_q;
    logic [RowW-1:0]    row, row_q;
    logic [AddrW-1:0]   addr_q;
    logic [ProbW-1:0]   weight, weight_q;

    assign fullest[t] = count_q == rows_q;

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) count_q <= '0;
      else if (push && in_last_i) count_q <= '0;
      else if (push && in_select_i[t]) count_q <= count_q + RowsW'(1);
    end

    hg_ram_fifo #(
      .Width        (EntryW),
      .DepthEntries (Depth)
    ) u_winners (
      .clk_i,
      .rst_ni,
      .in_valid_i  (push && in_select_i[t]),
      .in_ready_o  (lane_ready[t]),
      .in_data_i   ({in_number_q, in_missing_i[t], in_row_i, in_weight_i[t*ProbW +: ProbW]}),
      .out_valid_o (offered[t]),
      .out_ready_i (emit && offers[t]),
      .out_data_o  ({number, missing, row, weight})
    );

    assign offers[t] = offered[t] && number == out_number_q;

    always_ff @(posedge clk_i) begin
      if (load) begin
        missing_q <= missing && offers[t];
        row_q     <= row;
        addr_q    <= base + AddrW'(row);
        weight_q  <= offers[t] ? weight : '0;
      end
    end

    assign out_missing_o[t]               = missing_q;
    assign out_row_o[t*RowW +: RowW]      = row_q;
    assign out_addr_o[t*AddrW +: AddrW]   = addr_q;
    assign out_weight_o[t*ProbW +: ProbW] = weight_q;
  end

  assign out_valid_o   = out_valid_q;
  assign out_first_o   = out_first_q;
  assign out_last_o    = out_last_q;
  assign out_any_o     = out_any_q;
  assign out_job_o     = out_job_q;
  assign out_v_count_o = out_v_count_q;

  // Only the checks look at these.
  logic unused_checked;
  assign unused_checked = ^{open_valid, close_ready};

`ifndef SYNTHESIS
`ifndef YOSYS
  logic checked_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) checked_q <= 1'b0;
    else checked_q <= 1'b1;
  end
  always @(posedge clk_i) begin
    if (checked_q && closed && !close_ready) $error("%m: more queries inside than have a number");
    if (checked_q && emit && !open_valid) $error("%m: a row of a query that did not begin");
    if (checked_q && emit && rows != '0 && close_valid && offers == '0) begin
      $error("%m: a winner has got lost");
    end
  end
`endif
`endif

`ifdef HG_FORMAL
  // One query and one place in one of its lanes, chosen at random: the winner that belongs there
  // leaves there, and nothing does if there is none; the query has the rows of its fullest lane.
  localparam int FNumberW = 4;
  logic                    f_seen_q, f_open_q, f_closed_q, f_known_q, f_stalled_q;
  logic [FNumberW-1:0]     f_in_q, f_out_q;
  logic [RowsW-1:0]        f_count_q [0:Tokens-1];
  logic [RowsW-1:0]        f_most, f_index_q;
  logic [RowW-1:0]         f_row_q, f_next_q;
  logic [AddrW-1:0]        f_addr_q;
  logic                    f_missing_q;
  logic [ProbW-1:0]        f_weight_q;
  logic [2:0]              f_wait_q;
  logic [RowW-1:0]         f_out_row;
  logic [AddrW-1:0]        f_out_addr;
  logic [ProbW-1:0]        f_out_weight;
  localparam int FOutW = 3 + JobW + 2 + Tokens * (RowW + AddrW + 1 + ProbW);
  logic [FOutW-1:0]        f_data_q;
  (* anyconst *) logic [FNumberW-1:0]        f_query;
  (* anyconst *) logic [$clog2(Tokens)-1:0]  f_lane;
  (* anyconst *) logic [RowsW-1:0]           f_index;
  wire             f_enters = in_valid_i && in_ready_o;
  wire             f_leaves = out_valid_o && out_ready_i;
  wire             f_mine   = f_leaves && f_out_q == f_query;
  wire [FOutW-1:0] f_data   = {out_first_o, out_last_o, out_any_o, out_job_o, out_v_count_o,
                               out_row_o, out_addr_o, out_missing_o, out_weight_o};

  always_comb begin
    f_most = '0;
    for (int t = 0; t < Tokens; t++) begin
      if (f_count_q[t] > f_most) f_most = f_count_q[t];
    end
  end
  assign f_out_row    = out_row_o[f_lane*RowW +: RowW];
  assign f_out_addr   = out_addr_o[f_lane*AddrW +: AddrW];
  assign f_out_weight = out_weight_o[f_lane*ProbW +: ProbW];

  // Rows of a query come in order, its first and last ones marked, each at its address.
  initial f_seen_q = 1'b0;
  always @(posedge clk_i) f_seen_q <= 1'b1;
  always_comb begin
    assume (rst_ni == f_seen_q);
    assume (in_first_i == !f_open_q);
    assume (32'(in_row_i) < Rows && in_row_i == f_next_q);
    if (32'(in_row_i) == Rows - 1) assume (in_last_i);
    assume ((in_missing_i & ~in_select_i) == '0);
    if (f_open_q && f_in_q == f_query) assume (in_addr_i == f_addr_q + AddrW'(in_row_i));
  end

  always @(posedge clk_i) begin
    if (!rst_ni) begin
      f_open_q    <= 1'b0;
      f_closed_q  <= 1'b0;
      f_known_q   <= 1'b0;
      f_stalled_q <= 1'b0;
      f_in_q      <= '0;
      f_out_q     <= '0;
      f_index_q   <= '0;
      f_next_q    <= '0;
      f_wait_q    <= '0;
      for (int t = 0; t < Tokens; t++) f_count_q[t] <= '0;
    end else begin
      f_stalled_q <= out_valid_o && !out_ready_i;
      f_data_q    <= f_data;
      if (f_enters) begin
        f_open_q <= !in_last_i;
        f_next_q <= in_last_i ? '0 : in_row_i + RowW'(1);
        f_in_q   <= f_in_q + FNumberW'(in_last_i);
        if (f_in_q == f_query) begin
          if (in_first_i) f_addr_q <= in_addr_i;
          if (in_last_i) f_closed_q <= 1'b1;
          for (int t = 0; t < Tokens; t++) f_count_q[t] <= f_count_q[t] + RowsW'(in_select_i[t]);
          if (in_select_i[f_lane] && f_count_q[f_lane] == f_index) begin
            f_known_q   <= 1'b1;
            f_row_q     <= in_row_i;
            f_missing_q <= in_missing_i[f_lane];
            f_weight_q  <= in_weight_i[f_lane*ProbW +: ProbW];
          end
        end
      end
      if (f_leaves) begin
        f_index_q <= out_last_o ? '0 : f_index_q + RowsW'(1);
        f_out_q   <= f_out_q + FNumberW'(out_last_o);
      end
      // Fewer queries than numbers here.
      assume (f_in_q != '1);
      f_wait_q <= (f_in_q != f_out_q && !out_valid_o) ? f_wait_q + 3'd1 : '0;
    end
    if (rst_ni) begin
      assert (f_wait_q < 3'd6);
      if (f_stalled_q) assert (out_valid_o && f_data == f_data_q);
      if (out_valid_o) assert (out_first_o == !(|f_index_q));
      if (f_mine) begin
        assert (out_last_o == (f_closed_q && (f_index_q + RowsW'(1) >= f_most)));
        assert (out_last_o || f_index_q + RowsW'(1) < f_most);
        assert (out_any_o == (f_most != '0));
        if (f_index_q == f_index && f_known_q) begin
          assert (f_out_row == f_row_q && f_out_addr == f_addr_q + AddrW'(f_row_q));
          assert (out_missing_o[f_lane] == f_missing_q && f_out_weight == f_weight_q);
        end
        if (f_index_q == f_index && !f_known_q) begin
          assert (f_closed_q && !out_missing_o[f_lane] && f_out_weight == '0);
        end
        cover (out_last_o && f_index_q != '0 && f_known_q && f_query != '0);
      end
    end
  end
`endif

endmodule

`default_nettype wire
