/** What the app says, in Vietnamese: what the first screens need. The rest is in text_rest.ts, all of it in English in en.ts.
 * Numbers come formatted.
 */
import type { viRest } from "./text_rest";

export const vi = {
  app: "Xung Kích Số",
  people: (n: string) => `${n} người`,
  turns: (n: string) => `${n} lượt`,
  results: {
    done_self: "Hướng dẫn xong, tự làm được",
    done_assisted: "Làm xong, có hỗ trợ",
    referred: "Chuyển tuyến",
    not_done: "Chưa xong",
  },
  ages: { "": "Bỏ qua", u16: "Dưới 16", "16-30": "16–30", "31-59": "31–59", "60+": "Từ 60" },
  channels: { point: "Tại điểm", home: "Tại nhà", online: "Trực tuyến" },
  unsent: (n: string) => `${n} chưa gửi`,
  toLookAt: (n: string) => `${n} cần xem lại`,
  allSent: "Đã gửi hết",
  received: (time: string) => `nhận ${time}`,
  readyToLog: "Sẵn sàng",
  notYet: "chưa có lần nhận",
  phases: {
    idle: "",
    sending: "đang gửi",
    waiting: "chờ mạng",
    auth: "cần đăng nhập",
    denied: "không có quyền gửi",
    other_user: "khác người đăng nhập",
    update: "cần bản mới",
  },
  syncOf: (state: string) => `Gửi dữ liệu: ${state}. Mở bảng gửi`,
  welcome: "Chào bạn!",
  needsSignIn: "Đăng nhập một lần khi có mạng. Sau đó mất mạng vẫn mở ca và ghi lượt được.",
  signIn: "Đăng nhập",
  scanPass: "Có thẻ QR của đội? Quét bằng camera của máy là vào được ngay.",
  noNetworkYet: "Chưa có mạng. Hãy bật mạng để đăng nhập lần đầu.",
  getting: "Đang lấy danh mục của đội…",
  webPages: "Trang đơn giản, không cần ứng dụng",
  today: "Hôm nay",
  noPlan: "Chưa có phân công",
  noPlanText: "Hôm nay đội chưa được phân công điểm nào. Nếu đội vẫn ra quân, hãy mở ca ngoài kế hoạch.",
  unplanned: "Ca ngoài kế hoạch",
  openUnplanned: "Mở ca ngoài kế hoạch",
  mobile: "Lưu động",
  open: "Mở ca",
  openMore: "Mở thêm ca",
  continue: "Ghi tiếp",
  openedByOther: "máy khác của đội đã mở",
  leftOpen: (day: string) => `Ca ngày ${day} chưa đóng`,
  closed: "Đã đóng",
  noTeam: "Bạn chưa có đội nào để ghi. Hãy hỏi cán bộ Đoàn phụ trách.",
  back: "Quay lại",
  mostUsed: "Hay dùng",
  byHour: "Theo giờ",
  hour: (h: string) => `${h} giờ`,
  howTo: "Chạm dịch vụ, rồi chạm kết quả. Giữ lâu để ghi cả nhóm.",
  recorded: "Đã ghi",
  undo: "Hoàn tác",
  undone: "Đã hoàn tác",
  sameCitizen: "Cùng người",
  sameCitizenLong: "Cùng người dân vừa rồi",
  sameCitizenHint: "Chọn dịch vụ thứ hai. Người này không bị tính thêm.",
  never: "Thôi",
  noServices: "Ngày này chưa có dịch vụ nào trong danh mục. Ca vẫn mở, điểm danh vẫn được.",
  tabs: { list: "Đã ghi", present: "Có mặt", notes: "Ghi chú", rules: "Quy tắc", close: "Đóng ca" },
  age: "Tuổi",
  channel: "Hình thức",
  whatResult: "Kết quả?",
  group: "Ghi cho cả nhóm",
  notSaved: "Chưa ghi được: máy hết chỗ hoặc trình duyệt chặn lưu. Giữ màn hình này, xóa bớt ảnh rồi thử lại.",
  counts: { people: "lượt người", turns: "lượt dịch vụ", present: "bạn có mặt" },
  undoReason: "Ghi nhầm",
  settings: "Cài đặt",
  loading: "Đang mở…",
  needsNetwork: "Cần mạng để mở phần này lần đầu.",
};

export type Text = typeof vi & typeof viRest;

/** What is said now: one object, filled further when the rest of the app is there. */
export const t = { ...vi } as Text;
const vietnamese: Partial<Text> = { ...vi };
let locale = "vi-VN";

/** The Vietnamese of the later screens has come. */
export function learn(rest: typeof viRest): void {
  Object.assign(vietnamese, rest);
  if (locale === "vi-VN") Object.assign(t, rest);
}

export function speak(english: Text | null): void {
  locale = english ? "en" : "vi-VN";
  Object.assign(t, english ?? vietnamese);
}

/** 1.234 in Vietnamese, 1,234 in English. */
export const number = (n: number): string => n.toLocaleString(locale);

const ZONE = { timeZone: "Asia/Ho_Chi_Minh" } as const;

export const time = (at: string | number): string =>
  new Date(at).toLocaleTimeString("vi-VN", { hour: "2-digit", minute: "2-digit", ...ZONE });

/** "26/03/2023" */
export const shortDay = (day: string): string => day.split("-").reverse().join("/");

/** "Thứ tư, 25/11/2026" */
export function longDay(day: string): string {
  const weekday = new Date(`${day}T12:00:00+07:00`).toLocaleDateString(locale, { weekday: "long", ...ZONE });
  return `${weekday[0]!.toUpperCase()}${weekday.slice(1)}, ${shortDay(day)}`;
}
