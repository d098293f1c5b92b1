// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Counters of the accelerator: cycles, busy cycles of the engines, bytes. Read combinationally.
module hg_regs_counters #(
  /// Planes of K: 1 to 3.
  parameter int KCount = 3,
  /// Planes of V: 1 to 3.
  parameter int VCount = 3,
  /// Bits of a count of bytes that move in a cycle: 1 to 32.
  parameter int ByteW = 7,
  /// Bits of a count of bytes of streams that move in a cycle: 1 to 32.
  parameter int IoByteW = 4
) (
  /// Clock, rising edge.
  input  logic                    clk_i,
  /// Asynchronous reset, active low.
  input  logic                    rst_ni,
  /// All begin anew.
  input  logic                    clear_i,
  /// Counters begin anew shortly before the carry to their high halves.
  input  logic                    preset_i,
  /// A job is under way.
  input  logic                    running_i,
  /// Engines that work: QK, scores, softmax, PV, the first lowest.
  input  logic [3:0]              busy_i,
  /// Bytes of each plane of K that are read, plane 0 in the low bits.
  input  logic [KCount*ByteW-1:0] k_bytes_i,
  /// Bytes of each plane of V that are read, likewise.
  input  logic [VCount*ByteW-1:0] v_bytes_i,
  /// Bytes of the streams that are read.
  input  logic [IoByteW-1:0]      in_bytes_i,
  /// Bytes of the streams that are written.
  input  logic [IoByteW-1:0]      out_bytes_i,
  /// Offset of a register.
  input  logic [11:2]             addr_i,
  /// Whether it is one of these.
  output logic                    known_o,
  /// The register, or 0; a high half is that of the cycle before.
  output logic [31:0]             data_o
);

  // A slot of 8 bytes for each counter there may be, from CYCLES on.
  localparam int Slots = 16;
  localparam int KSlot = 8;
  localparam int VSlot = 12;
  // Bits of the widest step.
  localparam int StepW = (ByteW > IoByteW) ? ByteW : IoByteW;

  logic [Slots*StepW-1:0] step;
  logic [64*Slots-1:0]    value;
  logic [Slots-1:0]       there;

  always_comb begin
    step = '0;
    step[0*StepW +: 1]       = running_i;
    step[1*StepW +: 1]       = busy_i[0];
    step[2*StepW +: 1]       = busy_i[1];
    step[3*StepW +: 1]       = busy_i[2];
    step[4*StepW +: 1]       = busy_i[3];
    step[5*StepW +: IoByteW] = in_bytes_i;
    step[6*StepW +: IoByteW] = out_bytes_i;
    for (int p = 0; p < KCount; p++) step[(KSlot+p)*StepW +: ByteW] = k_bytes_i[p*ByteW +: ByteW];
    for (int p = 0; p < VCount; p++) step[(VSlot+p)*StepW +: ByteW] = v_bytes_i[p*ByteW +: ByteW];
  end

  for (genvar s = 0; s < Slots; s++) begin : gen_slot
    if (s < KSlot - 1 || (s >= KSlot && s < KSlot + KCount) || (s >= VSlot && s < VSlot + VCount))
    begin : gen_counter
      hg_regs_counter #(
        .StepW (StepW)
      ) u_counter (
        .clk_i,
        .rst_ni,
        .clear_i,
        .preset_i,
        .step_i (step[s*StepW +: StepW]),
        .low_o  (value[64*s +: 32]),
        .high_o (value[64*s+32 +: 32])
      );
      assign there[s] = 1'b1;
    end else begin : gen_none
      logic unused_step;

      assign unused_step      = ^step[s*StepW +: StepW];
      assign value[64*s +: 64] = '0;
      assign there[s]         = 1'b0;
    end
  end

  assign known_o = {addr_i[11:7], 7'd0} == hg_regs_pkg::CYCLES_LO && there[addr_i[6:3]];

  assign data_o  = known_o ? value[{addr_i[6:2], 5'd0} +: 32] : '0;

endmodule

`default_nettype wire
