// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Requests: merges those of the core, remembers those in flight, tells what has arrived.
///
/// Priority: V, then refinements of K, then the K stream; what is nearest to an output goes first.
/// Behind a request for less than a whole row the stream has a turn: such a request takes a cycle,
/// but less of what the memory carries in one, and a row of the stream may take more.
/// A request takes the token list on its way out. Memory answers in order, so a FIFO of what was
/// asked for tells where each response belongs; the response goes straight to a buffer.
///
/// What has arrived is counted beside that (hg_attention_arrivals).
module hg_attention_request #(
  /// Most keys of a job, 8 to 4096.
  parameter int MaxTokens = 1024,
  /// Keys a row; a power of two, 1 and up.
  parameter int Tokens = 1,
  /// Requests in flight, 4 to 256.
  parameter int Outstanding = 64,
  /// Bits of an address of the buffers, 1 and up.
  parameter int AddrW = 11,
  /// Jobs in flight: a power of two, 4 to 64.
  parameter int Jobs = 8,
  /// Derived: bits of a job's place.
  localparam int JobW = hg_pkg::idx_width(Jobs),
  /// Derived: bits of a count of keys.
  localparam int TokW = hg_pkg::cnt_width(MaxTokens),
  /// Derived: bits of a row's number.
  localparam int RowW = hg_pkg::idx_width(MaxTokens / Tokens),
  /// Derived: bits of a count of rows.
  localparam int RowsW = hg_pkg::cnt_width(MaxTokens / Tokens),
  /// Derived: bits of a count of arrivals.
  localparam int ArrivalW = hg_attention_pkg::ARRIVAL_W
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  // The token list may be written while no job is in flight.
  input  logic                   idle_i,
  input  logic                   list_valid_i,
  output logic                   list_ready_o,
  input  logic [TokW-1:0]        list_position_i,
  input  logic [TokW-1:0]        list_token_i,
  // Values, which hg_attention_value_fetch asks for: a row and an address for each lane.
  input  logic                   value_valid_i,
  output logic                   value_ready_o,
  input  logic [JobW-1:0]        value_job_i,
  input  logic [1:0]             value_plane_i,
  input  logic [Tokens*RowW-1:0]  value_row_i,
  input  logic [Tokens*AddrW-1:0] value_addr_i,
  input  logic [Tokens-1:0]      value_mask_i,
  // Planes of K that a refinement adds.
  input  logic                   refine_valid_i,
  output logic                   refine_ready_o,
  input  logic [JobW-1:0]        refine_job_i,
  input  logic [1:0]             refine_plane_i,
  input  logic [RowW-1:0]        refine_row_i,
  input  logic [AddrW-1:0]       refine_addr_i,
  input  logic [Tokens-1:0]      refine_mask_i,
  // First planes of K; `stream_last_i` marks the last plane of a row.
  input  logic                   stream_valid_i,
  output logic                   stream_ready_o,
  input  logic [JobW-1:0]        stream_job_i,
  input  logic [1:0]             stream_plane_i,
  input  logic [RowW-1:0]        stream_row_i,
  input  logic [AddrW-1:0]       stream_addr_i,
  input  logic [Tokens-1:0]      stream_mask_i,
  input  logic                   stream_last_i,
  // Fields of the job whose request leaves.
  output logic [JobW-1:0]        field_job_o,
  input  logic [7:0]             field_head_i,
  input  logic                   field_list_i,
  output logic                   req_valid_o,
  input  logic                   req_ready_i,
  output logic                   req_value_o,
  output logic [1:0]             req_plane_o,
  output logic [7:0]             req_head_o,
  output logic [Tokens-1:0]      req_mask_o,
  output logic [Tokens*TokW-1:0] req_token_o,
  input  logic                   rsp_valid_i,
  output logic                   rsp_ready_o,
  // Writes into the buffers; the data are those of the response.
  output logic                   wr_k_o,
  output logic                   wr_v_o,
  output logic [1:0]             wr_plane_o,
  output logic [Tokens*AddrW-1:0] wr_addr_o,
  output logic [Tokens-1:0]      wr_mask_o,
  // What has arrived.
  input  logic                   take_i,
  input  logic [JobW-1:0]        take_place_i,
  output logic [ArrivalW-1:0]    v_arrived_o,
  output logic [ArrivalW-1:0]    k_arrived_o,
  output logic [Jobs*RowsW-1:0]  rows_arrived_o
);

  if (Outstanding < 4 || Outstanding > 256) begin : gen_illegal
    ERROR_hg_attention_request_Outstanding_must_be_4_to_256 u_illegal ();
  end

  localparam int ShiftT = $clog2(Tokens);
  localparam int CountW = hg_pkg::cnt_width(Outstanding);
  // Who asks: values, a refinement or the K stream.
  localparam logic [1:0] KindValue  = 2'd0;
  localparam logic [1:0] KindRefine = 2'd1;
  localparam logic [1:0] KindStream = 2'd2;
  // A request: kind, last plane of a row, job, plane, rows by lane, mask.
  localparam int AskW    = 2 + 1 + JobW + 2 + Tokens * (RowW + 1);
  // What is remembered of it: kind, last plane, job, plane, addresses by lane, mask.
  localparam int FlightW = 2 + 1 + JobW + 2 + Tokens * (AddrW + 1);

  // Arbitration by fixed priority: each needs what it asks for before the one behind it.
  logic               grant_value, grant_refine, grant_stream, turn, turn_q;
  logic               value_part, refine_part;
  logic [AskW-1:0]    ask, sent;
  logic [FlightW-1:0] note;
  logic               ask_valid, ask_ready, room, enter, sent_valid, sent_ready;
  logic [1:0]         unused_used;

  assign value_part   = value_mask_i != '1;
  assign refine_part  = refine_mask_i != '1;
  assign turn         = turn_q && stream_valid_i;
  assign grant_value  = value_valid_i && !turn;
  assign grant_refine = refine_valid_i && !value_valid_i && !turn;
  assign grant_stream = stream_valid_i && (turn || (!value_valid_i && !refine_valid_i));

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) turn_q <= 1'b0;
    else if (enter) turn_q <= (grant_value && value_part) || (grant_refine && refine_part);
  end

  always_comb begin
    ask  = '0;
    note = '0;
    if (grant_value) begin
      ask  = {KindValue, stream_last_i, value_job_i, value_plane_i, value_row_i, value_mask_i};
      note = {KindValue, stream_last_i, value_job_i, value_plane_i, value_addr_i, value_mask_i};
    end
    if (grant_refine) begin
      ask  = ask | {KindRefine, stream_last_i, refine_job_i, refine_plane_i,
                    {Tokens{refine_row_i}}, refine_mask_i};
      note = note | {KindRefine, stream_last_i, refine_job_i, refine_plane_i,
                     {Tokens{refine_addr_i}}, refine_mask_i};
    end
    if (grant_stream) begin
      ask  = ask | {KindStream, stream_last_i, stream_job_i, stream_plane_i,
                    {Tokens{stream_row_i}}, stream_mask_i};
      note = note | {KindStream, stream_last_i, stream_job_i, stream_plane_i,
                     {Tokens{stream_addr_i}}, stream_mask_i};
    end
  end

  assign ask_valid      = (value_valid_i || refine_valid_i || stream_valid_i) && room;
  assign value_ready_o  = grant_value && ask_ready && room;
  // What a refinement asks for is known late in the cycle; whether it may is not.
  assign refine_ready_o = !value_valid_i && !turn && ask_ready && room;
  assign stream_ready_o = grant_stream && ask_ready && room;
  assign enter          = ask_valid && ask_ready;

  hg_fifo #(
    .Width        (AskW),
    .DepthEntries (2)
  ) u_ask (
    .clk_i,
    .rst_ni,
    .in_valid_i  (ask_valid),
    .in_ready_o  (ask_ready),
    .in_data_i   (ask),
    .out_valid_o (sent_valid),
    .out_ready_i (sent_ready),
    .out_data_o  (sent),
    .used_o      (unused_used)
  );

  // In flight, from the grant to the response.
  logic [CountW-1:0] flight_q;
  logic              land, flight_ready, flight_valid;
  logic [FlightW-1:0] flight;

  assign room = flight_q != CountW'(Outstanding);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) flight_q <= '0;
    else if (enter && !land) flight_q <= flight_q + CountW'(1);
    else if (land && !enter) flight_q <= flight_q - CountW'(1);
  end

  hg_ram_fifo #(
    .Width        (FlightW),
    .DepthEntries (Outstanding)
  ) u_flight (
    .clk_i,
    .rst_ni,
    .in_valid_i  (enter),
    .in_ready_o  (flight_ready),
    .in_data_i   (note),
    .out_valid_o (flight_valid),
    .out_ready_i (rsp_valid_i),
    .out_data_o  (flight)
  );

  // Out: the list memory, a bank a lane, is read as the request enters the output register.
  logic                   out_valid_q, out_list_q, load;
  logic [1:0]             sent_kind, sent_plane, out_plane_q;
  logic [JobW-1:0]        sent_job;
  logic                   sent_last, out_value_q;
  logic [Tokens*RowW-1:0] sent_row, out_row_q;
  logic [Tokens-1:0]      sent_mask, out_mask_q;
  logic [7:0]             out_head_q;
  logic                   unused_last;

  assign {sent_kind, sent_last, sent_job, sent_plane, sent_row, sent_mask} = sent;
  assign unused_last = sent_last;
  assign load        = !out_valid_q || req_ready_i;
  assign sent_ready  = load;
  assign field_job_o = sent_job;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) out_valid_q <= 1'b0;
    else if (load) out_valid_q <= sent_valid;
  end

  always_ff @(posedge clk_i) begin
    if (load) begin
      out_value_q <= sent_kind == KindValue;
      out_plane_q <= sent_plane;
      out_row_q   <= sent_row;
      out_mask_q  <= sent_mask;
      out_head_q  <= field_head_i;
      out_list_q  <= field_list_i;
    end
  end

  for (genvar t = 0; t < Tokens; t++) begin : gen_list
    logic            own;
    logic [TokW-1:0] token, position;
    if (Tokens == 1) begin : gen_single
      assign own      = 1'b1;
      assign position = TokW'(out_row_q);
    end else begin : gen_bank
      assign own      = list_position_i[ShiftT-1:0] == ShiftT'(t);
      assign position = TokW'({out_row_q[t*RowW +: RowW], ShiftT'(t)});
    end
    hg_ram_1r1w #(
      .Width        (TokW),
      .DepthEntries (MaxTokens / Tokens)
    ) u_ram (
      .clk_i,
      .wr_en_i   (list_valid_i && list_ready_o && own && list_position_i < TokW'(MaxTokens)),
      .wr_addr_i (RowW'(list_position_i >> ShiftT)),
      .wr_data_i (list_token_i),
      .rd_en_i   (load),
      .rd_addr_i (sent_row[t*RowW +: RowW]),
      .rd_data_o (token)
    );
    assign req_token_o[t*TokW +: TokW] = out_list_q ? token : position;
  end

  assign list_ready_o = idle_i;
  assign req_valid_o  = out_valid_q;
  assign req_value_o  = out_value_q;
  assign req_plane_o  = out_plane_q;
  assign req_head_o   = out_head_q;
  assign req_mask_o   = out_mask_q;

  // Responses.
  logic [1:0] land_kind;
  logic [JobW-1:0] land_job;
  logic       land_last;

  assign {land_kind, land_last, land_job, wr_plane_o, wr_addr_o, wr_mask_o} = flight;
  assign rsp_ready_o = flight_valid;
  assign land        = flight_valid && rsp_valid_i;
  assign wr_v_o      = land && land_kind == KindValue;
  assign wr_k_o      = land && land_kind != KindValue;

  hg_attention_arrivals #(
    .RowsW (RowsW),
    .Jobs  (Jobs)
  ) u_arrivals (
    .clk_i,
    .rst_ni,
    .take_i,
    .take_place_i,
    .value_i        (wr_v_o),
    .refine_i       (land && land_kind == KindRefine),
    .row_i          (land && land_kind == KindStream && land_last),
    .row_job_i      (land_job),
    .v_arrived_o,
    .k_arrived_o,
    .rows_arrived_o
  );

  // Only the checks look at these.
  logic unused_checked;
  assign unused_checked = flight_ready;

`ifndef SYNTHESIS
`ifndef YOSYS
  always @(posedge clk_i) begin
    if (enter && !flight_ready) $error("%m: more requests in flight than there is room for");
  end
`endif
`endif

`ifdef HG_FORMAL
  // Who asks does so in any way; the fields of a job are fixed, and the list is written only while
  // nothing is in flight. The words lie in instances, which induction cannot see into: this is for
  // bounded proofs of up to 8 requests in flight. A request is picked when it is granted, with the
  // numbers of those ahead of it on the way out and in flight.
  logic              f_seen_q, f_stalled_q, f_turn_q, f_out_q, f_fly_q, f_listed_q;
  logic [3:0]        f_sends_q, f_flies_q, f_out_ahead_q, f_fly_ahead_q;
  logic [1:0]        f_lag_q, f_fly_lag_q, f_kind, f_kind_q, f_plane, f_plane_q;
  logic [JobW-1:0]   f_job;
  logic [Tokens*RowW-1:0]  f_rows, f_rows_q;
  logic [Tokens*AddrW-1:0] f_addrs, f_addrs_q;
  logic [Tokens-1:0] f_mask, f_mask_q;
  logic              f_last, f_last_q, f_part;
  logic [Tokens*TokW+Tokens+10:0] f_req, f_req_q;
  logic [TokW-1:0]   f_token_q;
  (* anyseq *) logic f_pick;
  // A job with its fields, whose requests are followed.
  (* anyconst *) logic [JobW-1:0] f_own;
  (* anyconst *) logic [7:0]      f_head;
  (* anyconst *) logic            f_list;
  (* anyconst *) logic [TokW-1:0]   f_position;
  wire f_v     = value_valid_i && value_ready_o;
  wire f_r     = refine_valid_i && refine_ready_o;
  wire f_s     = stream_valid_i && stream_ready_o;
  wire f_enter = f_v || f_r || f_s;
  wire f_send  = req_valid_o && req_ready_i;
  wire f_land  = rsp_valid_i && rsp_ready_o;

  initial f_seen_q = 1'b0;
  always @(posedge clk_i) f_seen_q <= 1'b1;
  always_comb begin
    assume (rst_ni == f_seen_q);
    if (field_job_o == f_own) assume (field_head_i == f_head && field_list_i == f_list);
    assume (32'(f_position) < MaxTokens);
    if (f_sends_q != 4'd0 || f_enter) assume (!idle_i);
    // Memory answers nothing that it has not been asked.
    if (f_flies_q <= f_sends_q) assume (!rsp_valid_i);
    f_req  = {req_value_o, req_plane_o, req_head_o, req_mask_o, req_token_o};
    f_part = 1'b0;
    {f_kind, f_job, f_plane, f_rows, f_addrs, f_mask, f_last} = '0;
    if (f_v) begin
      {f_kind, f_job, f_plane}  = {KindValue, value_job_i, value_plane_i};
      {f_rows, f_addrs, f_mask} = {value_row_i, value_addr_i, value_mask_i};
      f_part = value_mask_i != '1;
    end else if (f_r) begin
      {f_kind, f_job, f_plane} = {KindRefine, refine_job_i, refine_plane_i};
      f_rows  = {Tokens{refine_row_i}};
      f_addrs = {Tokens{refine_addr_i}};
      f_mask  = refine_mask_i;
      f_part  = refine_mask_i != '1;
    end else if (f_s) begin
      {f_kind, f_job, f_plane} = {KindStream, stream_job_i, stream_plane_i};
      f_rows  = {Tokens{stream_row_i}};
      f_addrs = {Tokens{stream_addr_i}};
      f_mask  = stream_mask_i;
      f_last  = stream_last_i;
    end
  end

  always @(posedge clk_i) begin
    f_req_q <= f_req;
    if (list_valid_i && list_ready_o && list_position_i == f_position) f_token_q <= list_token_i;
    if (!rst_ni) begin
      f_stalled_q <= 1'b0;
      f_turn_q    <= 1'b0;
      f_out_q     <= 1'b0;
      f_fly_q     <= 1'b0;
      f_listed_q  <= 1'b0;
      f_sends_q   <= '0;
      f_flies_q   <= '0;
      f_lag_q     <= '0;
      f_fly_lag_q <= '0;
    end else begin
      f_stalled_q <= req_valid_o && !req_ready_i;
      f_sends_q   <= f_sends_q + 4'(f_enter) - 4'(f_send);
      f_flies_q   <= f_flies_q + 4'(f_enter) - 4'(f_land);
      f_lag_q     <= (f_sends_q != '0 && !req_valid_o) ? f_lag_q + 2'd1 : 2'd0;
      f_fly_lag_q <= (f_flies_q != '0 && !rsp_ready_o) ? f_fly_lag_q + 2'd1 : 2'd0;
      if (f_enter) f_turn_q <= f_part;
      if (list_valid_i && list_ready_o && list_position_i == f_position) f_listed_q <= 1'b1;
      if (!f_out_q && !f_fly_q && f_enter && f_job == f_own && f_pick) begin
        {f_out_q, f_fly_q} <= 2'b11;
        f_out_ahead_q <= f_sends_q - 4'(f_send);
        f_fly_ahead_q <= f_flies_q - 4'(f_land);
        {f_kind_q, f_plane_q} <= {f_kind, f_plane};
        {f_rows_q, f_addrs_q, f_mask_q} <= {f_rows, f_addrs, f_mask};
        f_last_q <= f_last;
      end else begin
        if (f_out_q && f_send) begin
          f_out_q       <= f_out_ahead_q != '0;
          f_out_ahead_q <= f_out_ahead_q - 4'd1;
        end
        if (f_fly_q && f_land) begin
          f_fly_q       <= f_fly_ahead_q != '0;
          f_fly_ahead_q <= f_fly_ahead_q - 4'd1;
        end
      end
    end
    if (rst_ni && f_seen_q) begin
      // One is granted at a time: the first of V, refinement and stream, unless it is the turn of
      // the stream behind a part of a row.
      assert (2'(f_v) + 2'(f_r) + 2'(f_s) <= 2'd1);
      if (f_turn_q && stream_valid_i) assert (!f_v && !f_r);
      else begin
        if (f_r) assert (!value_valid_i);
        if (f_s) assert (!value_valid_i && !refine_valid_i);
      end
      // Whoever waits is not kept waiting while there is room.
      if ((value_valid_i || refine_valid_i || stream_valid_i) && f_sends_q < 4'd2
          && 32'(f_flies_q) < Outstanding) assert (f_enter);
      // Counts are in range, and nothing stays on its way.
      assert (32'(f_flies_q) <= Outstanding && 32'(flight_q) == 32'(f_flies_q));
      assert (f_sends_q <= 4'd3 && (f_sends_q != '0 || !req_valid_o));
      assert (!enter || flight_ready);
      assert (f_lag_q < 2'd2 && f_fly_lag_q < 2'd3);
      // Requests leave in order, each with its fields, and are held until they are taken.
      if (f_stalled_q) assert (req_valid_o && f_req == f_req_q);
      if (req_valid_o && f_out_q && f_out_ahead_q == '0) begin
        assert (req_value_o == (f_kind_q == KindValue) && req_plane_o == f_plane_q);
        assert (req_mask_o == f_mask_q && req_head_o == f_head);
        for (int t = 0; t < Tokens; t++) begin
          if (!f_list) begin
            assert (req_token_o[t*TokW +: TokW]
                    == TokW'(f_rows_q[t*RowW +: RowW]) * TokW'(Tokens) + TokW'(t));
          end else if (f_listed_q && TokW'(f_rows_q[t*RowW +: RowW]) * TokW'(Tokens) + TokW'(t)
                       == f_position) begin
            assert (req_token_o[t*TokW +: TokW] == f_token_q);
          end
        end
      end
      // Answers go where their requests say.
      assert (wr_k_o + wr_v_o == f_land);
      if (f_land && f_fly_q && f_fly_ahead_q == '0) begin
        assert (wr_v_o == (f_kind_q == KindValue) && wr_plane_o == f_plane_q);
        assert (wr_addr_o == f_addrs_q && wr_mask_o == f_mask_q);
      end
      cover (f_flies_q == 4'(Outstanding) && f_land && f_fly_q && f_out_q);
      cover (f_turn_q && f_s && value_valid_i && f_stalled_q);
      cover (f_land && f_fly_q && f_fly_ahead_q == '0 && f_last_q && f_list);
    end
  end

  // What has arrived, two cycles later: of V, of refinements, and rows of a job since its place was
  // taken, which is not while requests of that place are in flight. Kinds of what is in flight,
  // oldest first.
  (* anyconst *) logic [JobW-1:0] f_place;
  logic [1:0]          f_kinds_q [0:7];
  logic [7:0]          f_rows_of_q;
  logic [ArrivalW-1:0] f_values_q, f_values_q2, f_refines_q, f_refines_q2;
  logic [RowsW-1:0]    f_there_q, f_there_q2;
  wire  [3:0]          f_slot = f_flies_q - 4'(f_land);

  always_comb begin
    if (take_place_i == f_place && f_rows_of_q != '0) assume (!take_i);
    if (take_place_i == f_place && f_there_q != f_there_q2) assume (!take_i);
  end
  always @(posedge clk_i) begin
    if (!rst_ni) begin
      {f_values_q, f_refines_q, f_there_q}    <= '0;
      {f_values_q2, f_refines_q2, f_there_q2} <= '0;
      f_rows_of_q <= '0;
    end else begin
      if (f_land) begin
        f_rows_of_q <= f_rows_of_q >> 1;
        for (int i = 0; i < 7; i++) f_kinds_q[i] <= f_kinds_q[i+1];
      end
      if (f_enter) begin
        f_kinds_q[f_slot[2:0]]   <= f_kind;
        f_rows_of_q[f_slot[2:0]] <= f_s && f_last && f_job == f_place;
      end
      f_values_q2  <= f_values_q;
      f_refines_q2 <= f_refines_q;
      f_there_q2   <= f_there_q;
      f_values_q  <= f_values_q + ArrivalW'(f_land && f_kinds_q[0] == KindValue);
      f_refines_q <= f_refines_q + ArrivalW'(f_land && f_kinds_q[0] == KindRefine);
      if (take_i && take_place_i == f_place) {f_there_q, f_there_q2} <= '0;
      else f_there_q <= f_there_q + RowsW'(f_land && f_rows_of_q[0]);
    end
    if (rst_ni && f_seen_q) begin
      assert (v_arrived_o == f_values_q2 && k_arrived_o == f_refines_q2);
      for (int p = 0; p < Jobs; p++) begin
        if (f_place == JobW'(p)) assert (rows_arrived_o[p*RowsW +: RowsW] == f_there_q2);
      end
      if (f_land) assert (wr_v_o == (f_kinds_q[0] == KindValue));
      cover (f_there_q2 == RowsW'(2));
    end
  end
`endif

endmodule

`default_nettype wire
