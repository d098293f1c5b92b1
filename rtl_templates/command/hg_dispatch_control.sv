// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// The steps of a descriptor, for hg_attention_dispatch: it is judged, its ranges are, and then its
/// records are taken, judged and given away one by one, or its operation is carried out.
///
/// A record is judged while its words come: its planes and its rows begin when their words are
/// there. A fault ends the descriptor: records that were read ahead are dropped, and if the fault
/// is one of the record its address is worked out.
module hg_dispatch_control #(
  /// Elements of a head: 8 to 128, a multiple of 8.
  parameter int DHead = 64,
  /// Most tokens of a job: 8 to 4096.
  parameter int MaxTokens = 1024,
  /// Most heads of cascade pruning, 0 to 256.
  parameter int MaxHeads = 0,
  /// 1 if tokens can be appended, otherwise 0.
  parameter int Append = 0,
  /// Bits of a beat of the port that reads records: a power of two, 64 to 512.
  parameter int DataW = 64,
  /// Derived: bits of a count of keys.
  localparam int TokW = hg_pkg::cnt_width(MaxTokens)
) (
  input  logic            clk_i,
  input  logic            rst_ni,
  input  logic            desc_valid_i,
  output logic            desc_ready_o,
  input  logic [511:0]    desc_i,
  input  logic [7:0]      desc_code_i,
  // The ledger.
  output logic            begin_o,
  output logic            close_o,
  output logic [7:0]      close_code_o,
  output logic [63:0]     close_addr_o,
  output logic [20:0]     close_count_o,
  output logic            given_o,
  input  logic            room_i,
  input  logic            empty_i,
  input  logic            still_i,
  input  logic            failed_i,
  input  logic            job_room_i,
  // The descriptor's verdict.
  input  logic            judge_over_i,
  input  logic [7:0]      early_i,
  input  logic [7:0]      late_i,
  input  logic [1:0]      odd_i,
  input  logic [1:0]      wanted_i,
  input  logic [2:0]      refused_i,
  input  logic [8:0]      heads_i,
  input  logic [TokW-1:0] keys_i,
  input  logic [11:0]     rows_i,
  input  logic [3:0]      bits_i,
  // Records.
  output logic            fetch_go_o,
  input  logic            fetch_idle_i,
  output logic            locate_o,
  input  logic            located_i,
  input  logic [63:0]     located_addr_i,
  input  logic            rec_valid_i,
  output logic            rec_ready_o,
  input  logic            rec_outside_i,
  input  logic [7:0]      rec_number_i,
  output logic [7:0]      number_o,
  output logic            free_o,
  input  logic            word_valid_i,
  output logic            word_ready_o,
  output logic            record_begin_o,
  output logic            record_word_o,
  input  logic [4:0]      loaded_i,
  input  logic            record_over_i,
  input  logic            record_failed_i,
  input  logic [3:0]      failed_word_i,
  input  logic            reserved_i,
  input  logic            shift_i,
  input  logic [8:0]      record_odd_i,
  input  logic [63:0]     k_base_i,
  input  logic [63:0]     v_base_i,
  input  logic [63:0]     query_i,
  input  logic [31:0]     query_stride_i,
  input  logic [63:0]     bias_i,
  input  logic [31:0]     bias_stride_i,
  input  logic [63:0]     result_i,
  input  logic [31:0]     result_stride_i,
  output logic            k_go_o,
  output logic            v_go_o,
  input  logic            k_done_i,
  input  logic            v_done_i,
  input  logic            k_bad_i,
  input  logic            v_bad_i,
  // Rows to be judged.
  output logic            rows_valid_o,
  input  logic            rows_ready_i,
  output logic [5:0]      rows_tag_o,
  output logic [63:0]     rows_addr_o,
  output logic [31:0]     rows_stride_o,
  output logic [23:0]     rows_bytes_o,
  output logic [11:0]     rows_rows_o,
  output logic [3:0]      rows_bits_o,
  input  logic            rows_done_i,
  input  logic [5:0]      rows_done_tag_i,
  input  logic            rows_bad_i,
  // What is given away.
  output logic            issue_o,
  output logic            hand_o,
  input  logic            issue_idle_i,
  output logic            watch_o,
  output logic            forget_o,
  input  logic            list_loaded_i,
  output logic            append_valid_o,
  input  logic            append_ready_i,
  output logic            command_valid_o,
  input  logic            command_ready_i,
  input  logic            answer_valid_i,
  output logic            answer_ready_o,
  input  logic [2:0]      answer_error_i,
  input  logic [TokW-1:0] answer_tokens_i,
  // The lists of the command are being written, which ends as a job does.
  output logic            saving_o
);

  typedef enum logic [3:0] {
    Rest,
    Judge,
    Ranges,
    Wait,
    Load,
    Settle,
    Hand,
    Tail,
    Drop,
    Locate,
    List,
    Command,
    Answer,
    Save,
    Close
  } state_e;
  state_e state_d, state_q;

  // Whose address goes with a code: rows of the descriptor and the record, in the order in which
  // they are judged, and others.
  localparam logic [3:0] At16   = 4'd0;
  localparam logic [3:0] At32   = 4'd1;
  localparam logic [3:0] At40   = 4'd2;
  localparam logic [3:0] Query  = 4'd3;
  localparam logic [3:0] Bias   = 4'd4;
  localparam logic [3:0] Result = 4'd5;
  localparam logic [3:0] KBase  = 4'd6;
  localparam logic [3:0] VBase  = 4'd7;
  localparam logic [3:0] Record = 4'd8;
  localparam logic [3:0] None   = 4'd9;

  logic        attention, list, append, cascade, alone;
  logic [15:0] op_flags;
  logic        start, pop, follow, more, swallow, swallowed, judging, drop_q;
  logic [7:0]  code_d, code_q, verdict;
  logic [3:0]  pick_d, pick_q, verdict_pick;
  logic [7:0]  number_q;
  logic [8:0]  done_q;
  logic [3:0]  word_q;
  logic [20:0] count_q;
  logic [6:0]  beat;
  logic        append_q, listed_q, saved_q;

  assign op_flags  = desc_i[31:16];
  assign attention = desc_i[7:0] == 8'd1;
  assign list      = desc_i[7:0] == 8'd2;
  assign cascade   = desc_i[7:0] == 8'd3 && MaxHeads != 0;
  assign append    = desc_i[7:0] == 8'd4 && Append != 0;
  // It begins only when nothing else is under way.
  assign alone     = (!attention || desc_i[9]) && desc_code_i == 8'd0;
  assign start     = state_q == Rest && desc_valid_i && (alone ? empty_i : room_i);

  // Rows to be judged come one after the other; each verdict falls three cycles behind its request.
  // The rows that are next have their bit set; bit 6: none.
  logic [6:0]  item_q;
  logic [5:0]  due, there, bad_q;
  logic        item_due, item_there, items_over;
  logic [1:0]  open_q;
  logic [23:0] bytes_16, bytes_32, bytes_40;
  logic [15:0] half10, half11, half12, kept;

  assign half10   = desc_i[175:160];
  assign half11   = desc_i[191:176];
  assign half12   = desc_i[207:192];
  assign bytes_16 = list ? {7'd0, half12, 1'b0} : {1'b0, half12, 7'd0};
  // Of cascade: the most recent tokens stay even if they are more than those that are kept.
  assign kept     = (half12 > half10) ? half12 : half10;
  assign bytes_32 = (kept > 16'(MaxTokens)) ? 24'(8 * MaxTokens) : {5'd0, kept, 3'd0};
  assign bytes_40 = (half11 > 16'd256) ? 24'd2048 : {5'd0, half11, 3'd0};

  // Which rows the descriptor or the record has.
  assign due[0] = list || append || (attention && !op_flags[4]);
  assign due[1] = cascade && wanted_i[0];
  assign due[2] = cascade && wanted_i[1];
  assign due[3] = 1'b1;
  assign due[4] = append || op_flags[2];
  assign due[5] = attention;

  assign judging = state_q == Load || state_q == Settle;

  assign there = {
    judging && loaded_i >= 5'd10,
    judging && loaded_i >= (append ? 5'd13 : 5'd8),
    judging && loaded_i >= (append ? 5'd12 : 5'd7),
    {3{state_q == Ranges}}
  };

  assign item_there   = (item_q[5:0] & there) != '0;
  assign item_due     = (item_q[5:0] & due) != '0;
  assign rows_valid_o = (item_q[5:0] & due & there) != '0;
  assign rows_tag_o   = item_q[5:0];
  assign items_over   = open_q == 2'd0 && ((state_q == Ranges) ? item_q[3] : item_q[6]);

  // What is judged is chosen by the bits alone.
  logic [6*64-1:0] row_addr;
  logic [6*24-1:0] row_bytes;

  assign row_addr  = {result_i, bias_i, query_i, desc_i[383:320], desc_i[319:256], desc_i[191:128]};
  assign row_bytes = {24'(2 * DHead + 16), append ? 24'(2 * DHead) : 24'({keys_i, 2'b00}),
                      append ? 24'(2 * DHead) : 24'(2 * DHead + 8), bytes_40, bytes_32, bytes_16};

  always_comb begin
    rows_addr_o  = '0;
    rows_bytes_o = '0;
    for (int i = 0; i < 6; i++) begin
      rows_addr_o  = rows_addr_o | (row_addr[64*i +: 64] & {64{item_q[i]}});
      rows_bytes_o = rows_bytes_o | (row_bytes[24*i +: 24] & {24{item_q[i]}});
    end
  end

  assign rows_stride_o = (query_stride_i & {32{item_q[3]}}) | (bias_stride_i & {32{item_q[4]}}) |
                         (result_stride_i & {32{item_q[5]}});
  assign rows_rows_o = rows_i;
  assign rows_bits_o = (item_q[2:0] != '0) ? 4'd0 : bits_i;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      item_q <= 7'd1;
      open_q <= 2'd0;
      bad_q  <= '0;
    end else begin
      if (state_q == Judge) item_q <= 7'd1;
      else if (state_q == Wait || state_q == Hand) item_q <= 7'd8;
      else if (item_q[3] && rows_ready_i && !due[4]) item_q <= 7'd32;
      else if (item_there && (rows_ready_i || !item_due)) item_q <= {item_q[5:0], 1'b0};
      open_q <= open_q + 2'(rows_valid_o && rows_ready_i) - 2'(rows_done_i);
      if (state_q == Judge || state_q == Wait || state_q == Hand) bad_q <= '0;
      else if (rows_done_i && rows_bad_i) bad_q <= bad_q | rows_done_tag_i;
    end
  end

  // What is wrong with the record, and with which address.
  logic [3:0] odd_pick, row_pick, early_pick, range_pick;
  logic       range_bad, rows_bad;

  assign odd_pick   = record_odd_i[0] ? KBase : record_odd_i[1] ? VBase : record_odd_i[2] ? Record
                      : record_odd_i[3] ? Query : record_odd_i[4] ? Record
                      : record_odd_i[5] ? Bias : record_odd_i[6] ? Record
                      : record_odd_i[7] ? Result : Record;
  assign rows_bad   = bad_q[5:3] != '0;
  assign row_pick   = bad_q[3] ? Query : bad_q[4] ? Bias : Result;
  assign early_pick = !cascade ? At16 : odd_i[0] ? At32 : At40;
  assign range_bad  = bad_q[2:0] != '0;
  assign range_pick = bad_q[0] ? At16 : bad_q[1] ? At32 : At40;

  always_comb begin
    verdict      = 8'd0;
    verdict_pick = Record;
    if (record_failed_i) begin
      verdict = 8'd16;
    end else if (reserved_i) begin
      verdict = 8'd18;
    end else if (record_odd_i != '0) begin
      verdict = 8'd19;
      verdict_pick = odd_pick;
    end else if (k_bad_i || v_bad_i || rows_bad) begin
      verdict = 8'd20;
      if (k_bad_i) verdict_pick = KBase;
      else if (v_bad_i) verdict_pick = VBase;
      else verdict_pick = row_pick;
    end else if (shift_i) begin
      verdict = 8'd27;
    end
  end

  // With appending the record stays until all of it has been given away; otherwise the next one may
  // follow at once.
  assign swallowed = word_valid_i && word_ready_o && word_q == 4'd15;
  assign more      = done_q + 9'd1 != heads_i;
  assign follow    = hand_o && more && attention && rec_valid_i && !rec_outside_i;
  assign pop       = follow ||
                     (rec_valid_i && ((state_q == Wait && !append_q && (!append || issue_idle_i)) ||
                                      (state_q == Drop && !drop_q)));

  always_comb begin
    state_d = state_q;
    code_d  = code_q;
    pick_d  = pick_q;
    case (state_q)
      Rest: begin
        code_d = desc_code_i;
        pick_d = None;
        if (start && desc_code_i != 8'd0) state_d = Close;
        else if (start) state_d = Judge;
      end
      Judge: begin
        if (judge_over_i && early_i != 8'd0) begin
          code_d = early_i;
          if (early_i == 8'd19) pick_d = early_pick;
          state_d = Close;
        end else if (judge_over_i) begin
          state_d = Ranges;
        end
      end
      Ranges: begin
        if (items_over) begin
          if (range_bad) begin
            code_d  = 8'd20;
            pick_d  = range_pick;
            state_d = Close;
          end else if (late_i != 8'd0) begin
            code_d  = late_i;
            state_d = Close;
          end else if (list) begin
            state_d = List;
          end else if (cascade) begin
            state_d = Command;
          end else begin
            state_d = Wait;
          end
        end
      end
      Wait: begin
        if (pop && rec_outside_i) begin
          code_d  = 8'd20;
          pick_d  = Record;
          state_d = Drop;
        end else if (pop) begin
          state_d = Load;
        end
      end
      Load: if (swallowed) state_d = Settle;
      Settle: begin
        if (record_over_i && k_done_i && v_done_i && items_over) begin
          code_d  = verdict;
          pick_d  = (verdict != 8'd0) ? verdict_pick : None;
          state_d = Hand;
          if (verdict != 8'd0) state_d = Drop;
        end
      end
      Hand: begin
        if (follow) state_d = Load;
        else if (hand_o && more) state_d = Wait;
        else if (hand_o) state_d = Tail;
      end
      // Others wait for an operation that is not attention, so that it ends before it is closed.
      Tail: if (issue_idle_i && !append_q && (attention || still_i)) state_d = Close;
      Drop: begin
        if (fetch_idle_i && issue_idle_i && !append_q && !drop_q && (attention || still_i)) begin
          state_d = Close;
          if (pick_q == Record) state_d = Locate;
        end
      end
      Locate: if (located_i) state_d = Close;
      List: if (issue_idle_i && still_i && list_loaded_i) state_d = Close;
      Command: begin
        if (refused_i != 3'd0) begin
          code_d  = {5'b00101, refused_i};
          state_d = Close;
        end else if (command_ready_i) begin
          state_d = Answer;
        end
      end
      Answer: begin
        if (answer_valid_i && answer_error_i != 3'd0) begin
          code_d  = {5'b00101, answer_error_i};
          state_d = Close;
        end else if (answer_valid_i) begin
          state_d = Save;
        end
      end
      Save: if (saved_q && still_i) state_d = Close;
      default: state_d = Rest;
    endcase
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q  <= Rest;
      drop_q   <= 1'b0;
      word_q   <= 4'd0;
      append_q <= 1'b0;
      listed_q <= 1'b0;
      saved_q  <= 1'b0;
    end else begin
      state_q <= state_d;
      // A record that was read ahead is dropped word by word.
      if (state_q == Drop && pop) drop_q <= !rec_outside_i;
      else if (swallowed) drop_q <= 1'b0;
      if (word_valid_i && word_ready_o) word_q <= word_q + 4'd1;
      if (hand_o && append) append_q <= 1'b1;
      else if (append_ready_i) append_q <= 1'b0;
      listed_q <= state_q == List;
      saved_q  <= state_q == Save;
    end
  end

  always_ff @(posedge clk_i) begin
    code_q <= code_d;
    pick_q <= pick_d;
    if ((state_q == Wait || state_q == Hand) && pop) number_q <= rec_number_i;
    if (state_q == Rest) begin
      done_q  <= '0;
      count_q <= '0;
    end else if (hand_o) begin
      done_q  <= done_q + 9'd1;
      count_q <= count_q + (append ? 21'd1 : 21'(desc_i[252:240]));
    end else if (state_q == Answer) begin
      count_q <= (answer_error_i == 3'd0) ? 21'(answer_tokens_i) : '0;
    end
  end

  assign swallow        = state_q == Load || drop_q;
  assign word_ready_o   = swallow;
  assign rec_ready_o    = pop;
  assign free_o         = swallowed || (pop && rec_outside_i);
  assign record_begin_o = state_q == Wait || state_q == Hand;
  assign record_word_o  = state_q == Load && word_valid_i;
  assign k_go_o         = judging && loaded_i >= 5'd4;
  assign v_go_o         = judging && loaded_i >= 5'd5;
  assign hand_o         = state_q == Hand && issue_idle_i && job_room_i;
  assign given_o        = hand_o || (state_q == Save && !saved_q);
  assign issue_o        = hand_o || (state_q == List && !listed_q);
  assign fetch_go_o     = state_q == Wait || judging || state_q == Hand;
  assign number_o       = number_q;
  assign locate_o       = state_q == Locate;
  assign watch_o        = state_q == List;
  assign forget_o       = state_q == Close && list && failed_i;
  assign append_valid_o = append_q;
  assign command_valid_o = state_q == Command && refused_i == 3'd0;
  assign answer_ready_o = state_q == Answer;
  assign saving_o       = saved_q;
  assign begin_o        = start;
  assign close_o        = state_q == Close;
  assign desc_ready_o   = state_q == Close;
  assign close_code_o   = code_q;
  assign close_count_o  = count_q;

  logic unused_bits;
  assign unused_bits = &{desc_i[511:384], desc_i[255:253], desc_i[239:208], desc_i[127:32],
                         desc_i[15:10], desc_i[8], odd_i[1], located_addr_i[6:0], op_flags};

  // The place of a beat in its record, for one that came with an error.
  assign beat = (code_q == 8'd16) ? {failed_word_i & 4'(16 - DataW / 64), 3'd0} : 7'd0;

  logic [63:0] at_16, at_32, at_40, of_record;
  assign at_16     = desc_i[191:128];
  assign at_32     = desc_i[319:256];
  assign at_40     = desc_i[383:320];
  assign of_record = {located_addr_i[63:7], beat};

  always_comb begin
    close_addr_o = 64'd0;
    case (pick_q)
      At16:   close_addr_o = at_16;
      At32:   close_addr_o = at_32;
      At40:   close_addr_o = at_40;
      Query:  close_addr_o = query_i;
      Bias:   close_addr_o = bias_i;
      Result: close_addr_o = result_i;
      KBase:      close_addr_o = k_base_i;
      VBase:      close_addr_o = v_base_i;
      Record:     close_addr_o = of_record;
      default: ;
    endcase
  end

endmodule

`default_nettype wire
