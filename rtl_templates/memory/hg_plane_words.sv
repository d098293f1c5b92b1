// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Elements of tokens become the packed digits of their planes.
///
/// DHead elements of 16 bits of K come in words of `DataW` bits, then those of V, and so on for
/// every token; each kind begins with a word, and what is behind its last element is not read.
/// Elements are saturated to the bits of all planes of their kind. When all of a kind have come,
/// its planes leave one after the other, top plane first: digit d of w bits in bits d w to
/// d w + w - 1, in words, the last one filled up with anything.
///
/// A unit is the power of two of bits that divides all widths and 16. A word of elements is read
/// again for each plane and moved in as many cycles as its digits have units, so that nothing is
/// turned round; a word of digits leaves 16 / unit cycles after the one before, and one more.
module hg_plane_words #(
  /// Elements of a head: 8 to 128, a multiple of 8.
  parameter int DHead = 64,
  /// Bits of the planes of K, four bits a plane, top plane lowest.
  parameter int KPlanes = 'h444,
  /// Bits of the planes of V, likewise.
  parameter int VPlanes = 'h444,
  /// Bits of a word: a power of two, 64 to 512.
  parameter int DataW = 64
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic             in_valid_i,
  output logic             in_ready_o,
  input  logic [DataW-1:0] in_data_i,
  output logic             out_valid_o,
  input  logic             out_ready_i,
  output logic [DataW-1:0] out_data_o
);

  localparam int KCount   = hg_plane_pkg::count(KPlanes);
  localparam int Planes   = KCount + hg_plane_pkg::count(VPlanes);
  localparam int List     = hg_plane_pkg::all(KPlanes, VPlanes);
  localparam int KBits    = hg_plane_pkg::bits_before(KPlanes, 3);
  localparam int VBits    = hg_plane_pkg::bits_before(VPlanes, 3);
  localparam int ElementW = hg_plane_pkg::larger(KBits, VBits);
  localparam int Elements = DataW / 16;
  localparam int Words    = (DHead + Elements - 1) / Elements;
  localparam int WordW    = hg_pkg::idx_width(Words);
  localparam int PlaneW   = hg_pkg::idx_width(Planes);
  // Parts of a word of elements that are moved at a time: a unit of each digit of each plane.
  localparam int Unit     = hg_plane_pkg::unit(List);
  localparam int Parts    = (KBits + VBits) / Unit;
  localparam int PartBits = Unit * Elements;
  localparam int PartW    = hg_pkg::idx_width(Parts);
  localparam int Fills    = 16 / Unit;
  localparam int FillW    = hg_pkg::idx_width(Fills);
  // Words of a vector, at most half of those of its elements or one.
  localparam int LeftW    = WordW;

  typedef enum logic [1:0] {
    Load,
    Begin,
    Move
  } state_e;

  state_e state_d, state_q;

  // Words of elements that have come or have been read, and words of the plane still to come.
  logic [PlaneW-1:0]   plane_q;
  logic [WordW-1:0]    word_q, from;
  logic [LeftW-1:0]    left_q;
  logic [PartW-1:0]    part_q, first_q, last_q;
  logic [FillW-1:0]    fill_q;
  logic                out_valid_q;
  logic [DataW-1:0]    out_q;
  logic                load, last_word, step, part_last, full, ends, read, value;
  logic                last_k, last_v;

  // What the plane that begins needs.
  logic [PartW-1:0]    first, last;
  logic [LeftW-1:0]    left;

  always_comb begin
    first = '0;
    last  = '0;
    left  = '0;
    for (int p = 0; p < Planes; p++) begin
      if (plane_q == PlaneW'(p)) begin
        first = PartW'(hg_plane_pkg::bits_before(List, p) / Unit);
        last  = PartW'(hg_plane_pkg::bits_before(List, p + 1) / Unit - 1);
        left  = LeftW'((DHead * hg_plane_pkg::width(List, p) + DataW - 1) / DataW - 1);
      end
    end
  end

  assign value      = plane_q >= PlaneW'(KCount);
  assign last_k     = plane_q == PlaneW'(KCount - 1);
  assign last_v     = plane_q == PlaneW'(Planes - 1);
  assign in_ready_o = state_q == Load;
  assign load       = in_valid_i && in_ready_o;
  assign last_word  = word_q == WordW'(Words - 1);
  assign step       = state_q == Move && !out_valid_q;
  assign part_last  = part_q == last_q;
  assign full       = step && fill_q == FillW'(Fills - 1);
  assign ends       = full && left_q == '0;
  assign read       = state_q == Begin || (step && part_last && !last_word);

  always_comb begin
    state_d = state_q;
    case (state_q)
      Load:    if (load && last_word) state_d = Begin;
      Begin:   state_d = Move;
      Move: begin
        if (ends && (last_k || last_v)) state_d = Load;
        else if (ends) state_d = Begin;
      end
      default: state_d = Load;
    endcase
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q     <= Load;
      plane_q     <= '0;
      word_q      <= '0;
      fill_q      <= '0;
      out_valid_q <= 1'b0;
    end else begin
      state_q <= state_d;
      if (ends) plane_q <= last_v ? '0 : plane_q + PlaneW'(1);
      // In Begin it is the word that is read there.
      if (load) word_q <= last_word ? '0 : word_q + WordW'(1);
      else if (ends) word_q <= '0;
      else if (read && state_q == Move) word_q <= word_q + WordW'(1);
      if (step) fill_q <= full ? '0 : fill_q + FillW'(1);
      if (full) out_valid_q <= 1'b1;
      else if (out_ready_i) out_valid_q <= 1'b0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (state_q == Begin) begin
      first_q <= first;
      last_q  <= last;
      left_q  <= left;
      part_q  <= first;
    end else if (step) begin
      part_q <= part_last ? first_q : part_q + PartW'(1);
      if (full) left_q <= left_q - LeftW'(1);
    end
  end

  // Saturated elements.
  logic [Elements*ElementW-1:0] wanted, held;

  for (genvar e = 0; e < Elements; e++) begin : gen_element
    logic [15:0]             element;
    logic signed [KBits-1:0] as_k;
    logic signed [VBits-1:0] as_v;
    assign element = in_data_i[16*e +: 16];
    assign as_k    = (element[15:KBits-1] == '0 || element[15:KBits-1] == '1) ? element[KBits-1:0]
                     : {element[15], {(KBits - 1){!element[15]}}};
    assign as_v    = (element[15:VBits-1] == '0 || element[15:VBits-1] == '1) ? element[VBits-1:0]
                     : {element[15], {(VBits - 1){!element[15]}}};
    assign wanted[ElementW*e +: ElementW] = value ? ElementW'(as_v) : ElementW'(as_k);
  end

  assign from = (state_q == Begin) ? '0 : word_q + WordW'(1);

  hg_ram_1r1w #(
    .Width        (Elements * ElementW),
    .DepthEntries (Words)
  ) u_ram (
    .clk_i,
    .wr_en_i   (load),
    .wr_addr_i (word_q),
    .wr_data_i (wanted),
    .rd_en_i   (read),
    .rd_addr_i (from),
    .rd_data_o (held)
  );

  // The parts that a word of elements can give; bit j of the digits of a plane is bit j % w of
  // digit j / w.
  logic [Parts*PartBits-1:0] parts;
  logic [PartBits-1:0]       part;

  for (genvar p = 0; p < Planes; p++) begin : gen_plane
    localparam int W     = hg_plane_pkg::width(List, p);
    localparam int Front = hg_plane_pkg::bits_before(List, p) / Unit;
    localparam int Below = hg_plane_pkg::bits_before(List, (p < KCount) ? KCount : Planes)
                           - hg_plane_pkg::bits_before(List, p + 1);
    for (genvar j = 0; j < Elements * W; j++) begin : gen_bit
      assign parts[Front*PartBits + j] = held[(j / W) * ElementW + Below + j % W];
    end
  end

  always_comb begin
    part = '0;
    for (int p = 0; p < Parts; p++) begin
      if (part_q == PartW'(p)) part = part | parts[p*PartBits +: PartBits];
    end
  end

  always_ff @(posedge clk_i) begin
    if (step) out_q <= {part, out_q[DataW-1:PartBits]};
  end

  assign out_valid_o = out_valid_q;
  assign out_data_o  = out_q;

`ifdef HG_FORMAL
  // One element, chosen at random, followed through all planes of its kind.
  (* anyconst *) logic [6:0] f_element;
  logic                     f_seen_q, f_waits_q;
  logic [DataW-1:0]         f_data_q;
  logic signed [15:0]       f_came;
  logic [15:0]              f_near, f_k_q, f_v_q;
  logic [2:0]               f_plane_q;
  logic [3:0]               f_word_q;
  logic [31:0]              f_low, f_high;

  initial f_seen_q = 1'b0;
  always @(posedge clk_i) f_seen_q <= 1'b1;
  always_comb begin
    assume (rst_ni == f_seen_q);
    assume (32'(f_element) < DHead);
  end

  assign f_came = in_data_i[{f_element & 7'(Elements - 1), 4'd0} +: 16];
  assign f_high = 32'd1 << ((value ? VBits : KBits) - 1);
  assign f_low  = -f_high;
  assign f_near = ($signed(f_came) >= $signed(f_high)) ? 16'(f_high - 32'd1)
                  : ($signed(f_came) < $signed(f_low)) ? 16'(f_low) : f_came;

  always @(posedge clk_i) begin
    if (!rst_ni) begin
      f_waits_q <= 1'b0;
      f_plane_q <= 3'd0;
      f_word_q  <= 4'd0;
    end else begin
      f_waits_q <= out_valid_o && !out_ready_i;
      f_data_q  <= out_data_o;
      if (load && 32'(word_q) == 32'(f_element) >> $clog2(Elements)) begin
        if (value) f_v_q <= f_near;
        else f_k_q <= f_near;
      end
      if (out_valid_o && out_ready_i) begin
        f_word_q <= f_word_q + 4'd1;
        for (int p = 0; p < Planes; p++) begin
          if (32'(f_plane_q) == p
              && (32'(f_word_q) + 1) * DataW >= DHead * hg_plane_pkg::width(List, p)) begin
            f_word_q  <= 4'd0;
            f_plane_q <= (p == Planes - 1) ? 3'd0 : 3'(p + 1);
          end
        end
      end
    end
    if (rst_ni) begin
      if (f_waits_q) assert (out_valid_o && out_data_o == f_data_q);
      assert (32'(fill_q) < Fills && 32'(word_q) < Words && 32'(plane_q) < Planes);
    end
  end

  // Each bit of its digit, in the word that holds it.
  for (genvar p = 0; p < Planes; p++) begin : gen_f_plane
    localparam int W     = hg_plane_pkg::width(List, p);
    localparam int Below = hg_plane_pkg::bits_before(List, (p < KCount) ? KCount : Planes)
                           - hg_plane_pkg::bits_before(List, p + 1);
    for (genvar b = 0; b < W; b++) begin : gen_f_bit
      wire [31:0] f_at   = 32'(f_element) * W + b;
      wire        f_here = 32'(f_plane_q) == p && 32'(f_word_q) == f_at >> $clog2(DataW);
      wire        f_bit  = (p < KCount) ? f_k_q[Below+b] : f_v_q[Below+b];
      always @(posedge clk_i) begin
        if (rst_ni && out_valid_o && f_here) begin
          assert (out_data_o[f_at[$clog2(DataW)-1:0]] == f_bit);
        end
      end
    end
    always @(posedge clk_i) cover (rst_ni && out_valid_o && 32'(f_plane_q) == p);
  end
`endif

endmodule

`default_nettype wire
