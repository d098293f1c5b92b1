// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Refinement of queries: from the rows that a scan marked to rows that QK may take.
///
/// The list of marked rows holds a whole context, so that a scan never waits. Each row in turn is
/// looked up in the record of planes held; what is missing is asked for and noted as held. Behind
/// that a row waits for its data, in order. QK gets rows when their scan has ended (`go_i`); an
/// empty row ends a refinement. Without a scan (`begin_all_i`) every row of the query is marked,
/// and `go_i` follows at once.
///
/// Refinements follow each other without a pause: while the rows of one wait for their data, those
/// of the next are marked, looked up and asked for. `busy_o` says that the next may not begin: the
/// list has no room for all its rows, or as many as can be told apart (`Banks`) are not yet looked
/// up, or the rows of a refinement without a scan are still marked.
///
/// The record is a word for each row of the K buffer, a bit a plane and lane. The K stream opens it
/// (`init_*`): what it brings up front is held, nothing else is.
module hg_attention_refine #(
  /// Keys a row, 1 and up.
  parameter int Tokens = 1,
  /// Rows of a job, 1 and up.
  parameter int Rows = 1024,
  /// Planes of K, 1 to 3.
  parameter int KPlanes = 3,
  /// Requests in flight, 4 to 256.
  parameter int Outstanding = 64,
  /// Bits of a count of keys, 4 and up.
  parameter int TokW = 11,
  /// Queries in flight, 2 to 32.
  parameter int Contexts = 4,
  /// Bits of a context's number, 1 and up.
  parameter int CtxW = 2,
  /// Bits of an address of the K buffer, 1 and up.
  parameter int AddrW = 11,
  /// Jobs in flight: a power of two, 4 to 64.
  parameter int Jobs = 8,
  /// Derived: bits of a job's place.
  localparam int JobW = hg_pkg::idx_width(Jobs),
  /// Derived: bits of a row's number.
  localparam int RowW = hg_pkg::idx_width(Rows),
  /// Derived: bits of a count of rows.
  localparam int RowsW = hg_pkg::cnt_width(Rows),
  /// Derived: bits of a count of arrivals.
  localparam int ArrivalW = hg_attention_pkg::ARRIVAL_W
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  // A scan begins: whose, and the plane that its rows will get; held until `go_i`. Or all rows at
  // once.
  input  logic                begin_i,
  input  logic                begin_all_i,
  input  logic [RowsW-1:0]    begin_rows_i,
  input  logic [TokW-1:0]     begin_keys_i,
  input  logic [CtxW-1:0]     begin_context_i,
  input  logic [JobW-1:0]     begin_job_i,
  input  logic [AddrW-1:0]    begin_base_i,
  input  logic [1:0]          begin_plane_i,
  input  logic                mark_valid_i,
  input  logic [RowW-1:0]     mark_row_i,
  input  logic [Tokens-1:0]   mark_mask_i,
  // The scan has ended and found something.
  input  logic                go_i,
  output logic                busy_o,
  input  logic                init_i,
  input  logic [AddrW-1:0]    init_addr_i,
  output logic                ask_valid_o,
  input  logic                ask_ready_i,
  output logic [JobW-1:0]     ask_job_o,
  output logic [1:0]          ask_plane_o,
  output logic [RowW-1:0]     ask_row_o,
  output logic [AddrW-1:0]    ask_addr_o,
  output logic [Tokens-1:0]   ask_mask_o,
  input  logic [ArrivalW-1:0] arrived_i,
  output logic                row_valid_o,
  input  logic                row_ready_i,
  output logic [CtxW-1:0]     row_context_o,
  output logic [AddrW-1:0]    row_addr_o,
  output logic [1:0]          row_plane_o,
  output logic [RowW-1:0]     row_row_o,
  output logic [Tokens-1:0]   row_mask_o,
  output logic                row_last_o,
  // Counts of a query that leaves: vectors asked for, planes added, rounds.
  input  logic                clear_i,
  input  logic [CtxW-1:0]     clear_context_i,
  output logic [15:0]         fetched_o,
  output logic [15:0]         refined_o,
  output logic [1:0]          rounds_o
);

  localparam int RecW   = Tokens * KPlanes;

  // Refinements that are marked or looked up.
  localparam int Banks  = 2;
  localparam int BanksW = hg_pkg::cnt_width(Banks);
  localparam int BankW  = CtxW + JobW + AddrW + 2 + KPlanes;
  localparam int ListW  = hg_pkg::cnt_width(Rows + 1);
  localparam int EndedW = hg_pkg::cnt_width(Contexts);

  // All rows: a counter takes the place of the scan.
  logic              all_valid, all_end;
  logic [RowW-1:0]   all_row;
  logic [Tokens-1:0] all_mask;

  hg_attention_refine_all #(
    .Tokens (Tokens),
    .Rows   (Rows),
    .TokW   (TokW)
  ) u_all (
    .clk_i,
    .rst_ni,
    .begin_i      (begin_i && begin_all_i),
    .begin_rows_i,
    .begin_keys_i,
    .valid_o      (all_valid),
    .row_o        (all_row),
    .mask_o       (all_mask),
    .end_o        (all_end)
  );

  // The last row of a scan is its end; that of the counter comes a cycle after its last.
  logic              all_run_q, end_row;
  logic [RowW-1:0]   mark_row;
  logic [Tokens-1:0] mark_mask;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) all_run_q <= 1'b0;
    else if (begin_i) all_run_q <= begin_all_i;
    else if (all_end) all_run_q <= 1'b0;
  end

  assign end_row   = all_run_q ? all_end : go_i;
  assign mark_row  = all_run_q ? all_row : mark_row_i;
  assign mark_mask = all_run_q ? all_mask : mark_mask_i;

  // Whose rows are marked: known with the first of them, for a scan may find nothing.
  logic               open, opened_q, look_last, unused_bank_ready, unused_bank_valid;
  logic [BanksW-1:0]  banks;
  logic [CtxW-1:0]    look_context;
  logic [JobW-1:0]    look_job;
  logic [AddrW-1:0]   look_base;
  logic [1:0]         look_plane;
  logic [KPlanes-1:0] begin_hot, look_hot;

  assign open = begin_i ? begin_all_i : mark_valid_i && !opened_q;

  // Decoded, since what is missing of a row goes on to the requests in the same cycle.
  always_comb begin
    for (int p = 0; p < KPlanes; p++) begin_hot[p] = begin_plane_i == 2'(p);
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) opened_q <= 1'b0;
    else if (begin_i || open) opened_q <= open;
  end

  hg_fifo #(
    .Width        (BankW),
    .DepthEntries (Banks)
  ) u_banks (
    .clk_i,
    .rst_ni,
    .in_valid_i  (open),
    .in_ready_o  (unused_bank_ready),
    .in_data_i   ({begin_context_i, begin_job_i, begin_base_i, begin_plane_i, begin_hot}),
    .out_valid_o (unused_bank_valid),
    .out_ready_i (look_last),
    .out_data_o  ({look_context, look_job, look_base, look_plane, look_hot}),
    .used_o      (banks)
  );

  // Rows that the scan marked, then one without keys.
  logic              list_push, list_pop, pop_q;
  logic [ListW-1:0]  free_q;
  logic              list_valid, list_ready, list_last, unused_room;
  logic [RowW-1:0]   list_row;
  logic [Tokens-1:0] list_mask;

  hg_ram_fifo #(
    .Width        (1 + RowW + Tokens),
    .DepthEntries (Rows + 1)
  ) u_list (
    .clk_i,
    .rst_ni,
    .in_valid_i  (list_push),
    .in_ready_o  (unused_room),
    .in_data_i   ({end_row, mark_row, end_row ? {Tokens{1'b0}} : mark_mask}),
    .out_valid_o (list_valid),
    .out_ready_i (list_ready),
    .out_data_o  ({list_last, list_row, list_mask})
  );

  assign list_push = mark_valid_i || all_valid || end_row;
  assign list_pop  = list_valid && list_ready;
  assign busy_o    = all_run_q || banks == BanksW'(Banks) || ListW'(begin_rows_i) >= free_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      free_q <= ListW'(Rows + 1);
      pop_q  <= 1'b0;
    end else begin
      pop_q  <= list_pop;
      free_q <= free_q + ListW'(pop_q) - ListW'(list_push);
    end
  end

  // Look-up: the record is read as a row enters, and written as it leaves. The first row of a
  // refinement enters when the last one of that before has left.
  logic [CtxW-1:0]     context_q;
  logic [JobW-1:0]     job_q;
  logic [1:0]          plane_q;
  logic [KPlanes-1:0]  hot_q;
  logic                look_q, last_q, missing_any, leave, room;
  logic [RowW-1:0]     row_q;
  logic [Tokens-1:0]   mask_q, missing, held;
  logic [RecW-1:0]     record, record_d, record_init;
  logic [AddrW-1:0]    rd_addr, addr_q;
  logic [ArrivalW-1:0] asked_q, need;

  assign rd_addr     = look_base + AddrW'(list_row);
  assign record_init = '0;

  hg_ram_1r1w #(
    .Width        (RecW),
    .DepthEntries (2 ** AddrW)
  ) u_record (
    .clk_i,
    .wr_en_i   (init_i || (leave && missing_any)),
    .wr_addr_i (init_i ? init_addr_i : addr_q),
    .wr_data_i (init_i ? record_init : record_d),
    .rd_en_i   (list_pop),
    .rd_addr_i (rd_addr),
    .rd_data_o (record)
  );

  always_comb begin
    held     = '0;
    record_d = record;
    for (int p = 0; p < KPlanes; p++) begin
      if (hot_q[p]) begin
        held = held | record[p*Tokens +: Tokens];
        record_d[p*Tokens +: Tokens] = record[p*Tokens +: Tokens] | mask_q;
      end
    end
  end

  assign missing     = mask_q & ~held;
  assign missing_any = missing != '0;
  // The next refinement's rows come when this one has gone on.
  assign look_last   = leave && last_q;
  assign list_ready  = !look_q || (leave && !last_q);
  assign leave       = look_q && room && (!missing_any || ask_ready_i);
  assign ask_valid_o = look_q && room && missing_any;
  assign ask_job_o   = job_q;
  assign ask_plane_o = plane_q;
  assign ask_row_o   = row_q;
  assign ask_addr_o  = addr_q;
  assign ask_mask_o  = missing;
  // A row that is asked for has the request port, so that the stream opens none in that cycle.
  assign need        = asked_q + ArrivalW'(missing_any);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      look_q  <= 1'b0;
      asked_q <= '0;
    end else begin
      if (list_ready || leave) look_q <= list_pop;
      if (leave) asked_q <= need;
    end
  end

  always_ff @(posedge clk_i) begin
    if (list_ready) begin
      last_q <= list_last;
      row_q  <= list_row;
      addr_q <= rd_addr;
      mask_q <= list_mask;
      {context_q, job_q, plane_q, hot_q} <= {look_context, look_job, look_plane, look_hot};
    end
  end

  // Rows that wait for their data.
  localparam int ItemW = 1 + RowW + AddrW + Tokens + CtxW + 2;
  logic                       wait_valid, next_load, next_valid_q, next_there_q, unused_ahead;
  logic                       row_ends, wait_ended;
  logic [EndedW-1:0]          ended_q;
  logic [ItemW-1:0]           wait_item, next_item_q;
  logic [ArrivalW-1:0]        next_need_q, next_ahead;
  logic [ArrivalW-1:0]        wait_need, wait_ahead;

  hg_ram_fifo #(
    .Width        (ItemW + ArrivalW),
    .DepthEntries (Outstanding)
  ) u_wait (
    .clk_i,
    .rst_ni,
    .in_valid_i  (look_q && (!missing_any || ask_ready_i)),
    .in_ready_o  (room),
    .in_data_i   ({last_q, row_q, addr_q, mask_q, context_q, plane_q, need}),
    .out_valid_o (wait_valid),
    .out_ready_i (next_load),
    .out_data_o  ({wait_item, wait_need})
  );

  // The next row, and whether it may go, as of the cycle before.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      next_valid_q <= 1'b0;
      next_there_q <= 1'b0;
    end else if (next_load) begin
      next_valid_q <= wait_valid;
      next_there_q <= wait_valid && wait_ended && !wait_ahead[ArrivalW-1];
    end else begin
      next_there_q <= next_there_q || (ended_q != '0 && !next_ahead[ArrivalW-1]);
    end
  end

  always_ff @(posedge clk_i) begin
    if (next_load) {next_item_q, next_need_q} <= {wait_item, wait_need};
  end

  assign unused_ahead = ^{wait_ahead[ArrivalW-2:0], next_ahead[ArrivalW-2:0]};
  assign next_ahead    = arrived_i - next_need_q;
  assign next_load     = !next_valid_q || (next_there_q && row_ready_i);
  assign wait_ahead    = arrived_i - wait_need;
  assign row_valid_o   = next_there_q;
  assign {row_last_o, row_row_o, row_addr_o, row_mask_o, row_context_o, row_plane_o} = next_item_q;

  // Refinements whose scan has ended, and which have rows here. The one that waits is the next
  // after that whose last row leaves.
  assign row_ends   = row_valid_o && row_ready_i && row_last_o;
  assign wait_ended = row_ends ? ended_q > EndedW'(1) : ended_q != '0;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) ended_q <= '0;
    else ended_q <= ended_q + EndedW'(go_i) - EndedW'(row_ends);
  end

  hg_attention_refine_counts #(
    .Tokens   (Tokens),
    .Contexts (Contexts)
  ) u_counts (
    .clk_i,
    .rst_ni,
    .context_i       (context_q),
    .round_i         (go_i),
    .round_context_i (begin_context_i),
    .leave_i         (leave),
    .missing_i       (missing),
    .mask_i          (mask_q),
    .clear_i,
    .clear_context_i,
    .fetched_o,
    .refined_o,
    .rounds_o
  );

`ifndef SYNTHESIS
`ifndef YOSYS
  always @(posedge clk_i) begin
    if ((mark_valid_i || all_valid || end_row) && !unused_room) begin
      $error("%m: no room for a marked row");
    end
  end
`endif
`endif

endmodule

`default_nettype wire
